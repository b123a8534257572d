/** The transaction that the memory store hands to `alongside`: what a fake writes is applied when the append commits. */
export interface MemoryTransaction {
  /** Calls `apply` in the same step that makes the events visible; never, when the append fails. */
  afterCommit(apply: () => void): void;
}

/** The transaction as its owner sees it. */
export type OpenMemoryTransaction = {
  readonly transaction: MemoryTransaction;
  commit(): void;
};

/** Opens a transaction that gathers effects until `commit`. */
export function openMemoryTransaction(): OpenMemoryTransaction {
  const effects: (() => void)[] = [];
  return {
    transaction: { afterCommit: (apply) => void effects.push(apply) },
    commit: () => {
      for (const apply of effects) apply();
    },
  };
}
