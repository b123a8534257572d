import type { Shape } from '../../api/client.ts';

type State = Shape<'Transfer'>['state'];

/** States in which a transfer can be, in the order in which they are shown. */
export const transferStates: readonly State[] = ['running', 'waiting', 'retrying', 'paused'];

/** Which transfers are shown; it is what the address of the page says. */
export type TransfersSearch = { readonly state?: State | undefined; readonly peer?: string | undefined };

/** Reads the address. What is unknown is said to be unset: the router would let through what is left out. */
export function transfersSearch(search: Readonly<Record<string, unknown>>): TransfersSearch {
  const state = transferStates.find((one) => one === search['state']);
  const peer = typeof search['peer'] === 'string' && /^[0-9a-f]{32}$/.test(search['peer']) ? search['peer'] : undefined;
  return { state, peer };
}
