import { useEffect, useEffectEvent } from 'react';
import { createSignal } from '../api/signal.ts';

/** What the search can begin on a page, which opens its dialog. */
export type WantedAct = 'new-account' | 'new-token' | 'register';

const signal = createSignal();
let wanted: WantedAct | undefined;

/** Asks the page that has the act, which is shown or about to be, to begin it. */
export function wantAct(act: WantedAct): void {
  wanted = act;
  signal.tell();
}

/** Begins an act where the search asked for it, before this page was shown or while it is. */
export function useWantedAct(act: WantedAct, begin: () => void): void {
  const take = useEffectEvent(() => {
    if (wanted !== act) return;
    wanted = undefined;
    begin();
  });
  useEffect(() => {
    take();
    return signal.listen(() => take());
  }, []);
}
