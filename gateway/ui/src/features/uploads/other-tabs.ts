import { createSignal } from '../../api/signal.ts';

/** What tabs of one browser tell each other. */
type TabMessage = { readonly tab: number; readonly ids: readonly string[] } | 'who';

/** The uploads that other tabs of this browser send: going on with one here would end it there. */
export interface OtherTabs {
  /** Ids, as far as the other tabs have answered. */
  get(): ReadonlySet<string>;
  /** @returns ends the listening */
  listen(listener: () => void): () => void;
  /** Tells the others what this tab sends. */
  tell(ids: readonly string[]): void;
  /** Asks all others anew; one that crashed does not answer. */
  ask(): void;
}

/** Joins the tabs of this browser. */
export function createOtherTabs(): OtherTabs {
  const channel = new BroadcastChannel('odst-uploads');
  const tab = Math.random();
  const told = new Map<number, readonly string[]>();
  const changed = createSignal();
  let own: readonly string[] = [];
  let elsewhere: ReadonlySet<string> = new Set();
  const post = (ids: readonly string[]) => channel.postMessage({ tab, ids } satisfies TabMessage);
  const update = () => {
    elsewhere = new Set([...told.values()].flat());
    changed.tell();
  };
  channel.onmessage = ({ data }: MessageEvent<TabMessage>) => {
    if (data === 'who') return post(own);
    told.set(data.tab, data.ids);
    update();
  };
  addEventListener('pagehide', () => post([]));
  return {
    get: () => elsewhere,
    listen: changed.listen,
    tell(ids) {
      if (ids.join() === own.join()) return;
      own = ids;
      post(ids);
    },
    ask() {
      told.clear();
      update();
      channel.postMessage('who' satisfies TabMessage);
    },
  };
}
