/** What is known of the epochs of one server: each start makes a new one, and no server goes back to an old one. */
export type SeenEpochs = {
  /** In the order in which they were seen first; the running one last. */
  readonly epochs: readonly string[];
  /** When an epoch came back that another one had followed, in milliseconds since 1970: the latest of those less than ten minutes apart. */
  readonly returns: readonly number[];
};

/** Epochs that are remembered of a server. */
const mostEpochs = 64;

/** Returns that make two servers. One or two may be a request that was on its way while the server, or one process of it, was started anew. */
const returnsOfTwins = 3;

/** After this time without a return there is one server again. */
const calmMs = 600_000;

/** A server that nothing was heard of. */
export const unseen: SeenEpochs = { epochs: [], returns: [] };

/** What is known after a server said that it runs in an epoch. The same value where that is nothing new. */
export function sawEpoch(seen: SeenEpochs, epoch: string, nowMs: number): SeenEpochs {
  if (seen.epochs.at(-1) === epoch) return seen;
  const returned = seen.epochs.includes(epoch);
  const epochs = [...seen.epochs.filter((known) => known !== epoch), epoch].slice(-mostEpochs);
  if (!returned) return { epochs, returns: seen.returns };
  const last = seen.returns.at(-1);
  const before = last !== undefined && nowMs - last < calmMs ? seen.returns : [];
  return { epochs, returns: [...before, nowMs].slice(-returnsOfTwins) };
}

/** Whether two live servers have one identity, as after a data folder was copied: then their epochs alternate. */
export function areTwins({ returns }: SeenEpochs, nowMs: number): boolean {
  const last = returns.at(-1);
  return returns.length === returnsOfTwins && last !== undefined && nowMs - last < calmMs;
}
