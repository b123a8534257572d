import type { Algorithm } from '../../app/hashing.ts';

/** What a hash thread is started with: the slots, one after the other. */
export type HashWorkerData = { readonly slots: SharedArrayBuffer };

/** What a hash thread is asked to do. `task` comes back in the answer. */
export type HashTask = { readonly task: number } & (
  | { readonly type: 'digest'; readonly offset: number; readonly length: number; readonly algorithms: readonly Algorithm[] }
  | { readonly type: 'open'; readonly lane: number; readonly algorithms: readonly Algorithm[] }
  | { readonly type: 'update'; readonly lane: number; readonly offset: number; readonly length: number }
  | { readonly type: 'finish'; readonly lane: number }
  | { readonly type: 'forget'; readonly lane: number }
);

/** The answer to a task. */
export type HashAnswer = { readonly task: number; readonly digests: readonly Uint8Array[] };
