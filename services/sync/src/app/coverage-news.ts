import type { StatementStore } from './holdings-ports.ts';

/** Tells in this process that servers may hold more or less than before, or count or not. */
export interface CoverageNews {
  /** @param shards those of the contents that it is about; none where it is about the servers */
  tell(shards: readonly number[]): void;
  /** Calls `listener` each time. */
  onTold(listener: (shards: readonly number[]) => void): Disposable;
}

/** Builds it. */
export function createCoverageNews(): CoverageNews {
  const listeners = new Set<(shards: readonly number[]) => void>();
  return {
    tell(shards) {
      for (const listener of listeners) listener(shards);
    },
    onTold(call) {
      const listener = (shards: readonly number[]) => call(shards);
      listeners.add(listener);
      return { [Symbol.dispose]: () => void listeners.delete(listener) };
    },
  };
}

/** A store of statements that tells what is put into it. */
export function toldOf(store: StatementStore, news: CoverageNews): StatementStore {
  return {
    async putStatements(told) {
      const put = await store.putStatements(told);
      const shards = new Set(put.flatMap((one) => (one.kind === 'holdings' ? [one.statement.shard] : [])));
      if (shards.size > 0) news.tell([...shards]);
      // What stands beside holdings may bring a server back, whatever contents one waits for.
      if (put.some(({ kind }) => kind !== 'holdings')) news.tell([]);
      return put;
    },
    async replaceOwn(own, before) {
      const isPut = await store.replaceOwn(own, before);
      if (isPut) news.tell(own.kind === 'holdings' ? [own.statement.shard] : []);
      return isPut;
    },
    stampsOf: (subjects) => store.stampsOf(subjects),
    holdings: (query) => store.holdings(query),
    holdingsVersions: (shards) => store.holdingsVersions(shards),
    writers: (isses) => store.writers(isses),
    heard: () => store.heard(),
  };
}
