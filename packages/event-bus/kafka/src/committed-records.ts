import type { RawRecord } from './record.ts';

/** A partition as a broker answers a fetch. The client gives it untyped. */
export type FetchedPartition = {
  readonly partition: number;
  readonly highWatermark: string;
  /** Up to here no transaction is open. */
  readonly lastStableOffset: string;
  readonly abortedTransactions: readonly AbortedTransaction[] | null;
  readonly messages: readonly FetchedRecord[];
};

/** Where a transaction began that was given up. */
export type AbortedTransaction = { readonly producerId: string; readonly firstOffset: string };

/** A record of a fetch, among which are the ends of transactions. */
export type FetchedRecord = RawRecord & {
  /** The end of a transaction, no record of anybody. */
  readonly isControlRecord: boolean;
  readonly batchContext: { readonly producerId: string; readonly inTransaction: boolean };
};

/** Key of the control record that ends a transaction that was given up: version 0, type 0. */
const abortKey = '00000000';

/**
 * The records of a fetch that were committed, as consumers see them. A broker tells which transactions were given up; it
 * leaves it to the reader to pass over their records (KIP-98).
 */
export function committedRecords({ messages, abortedTransactions }: FetchedPartition): readonly FetchedRecord[] {
  const ahead = (abortedTransactions ?? [])
    .map(({ producerId, firstOffset }) => ({ producerId, firstOffset: BigInt(firstOffset) }))
    .sort((a, b) => Number(a.firstOffset - b.firstOffset));
  const aborted = new Set<string>();
  return messages.filter((record) => {
    const { producerId, inTransaction } = record.batchContext;
    for (let next = ahead[0]; next !== undefined && BigInt(record.offset) >= next.firstOffset; next = ahead[0]) {
      aborted.add(next.producerId);
      ahead.shift();
    }
    if (record.isControlRecord) {
      if (record.key?.toString('hex') === abortKey) aborted.delete(producerId);
      return false;
    }
    return !(inTransaction && aborted.has(producerId));
  });
}
