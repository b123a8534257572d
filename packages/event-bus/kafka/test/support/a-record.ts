import { aCloudEvent } from '@odst/event-bus/contract';
import type { StoredRecord } from '../../src/record.ts';

/** A record of a partition; its offset is its position unless another is given. */
export function aRecord(position: bigint, partition: number, offset = position): StoredRecord {
  const value = Buffer.from(JSON.stringify(aCloudEvent(position)));
  return { partition, offset, position, fence: 1n, key: 'a', value };
}
