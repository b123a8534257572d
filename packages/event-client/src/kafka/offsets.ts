import { OdstError } from '@odst/kernel';

/** Where a reader is in its topics: the offset to read next, by topic and partition. */
export type Offsets = {
  /** The offset to read next; undefined for a partition that nothing was read of. */
  next(topic: string, partition: number): string | undefined;
  /** Everything below an offset was read. An offset never falls. */
  advance(topic: string, partition: number, next: string): void;
  /** As text, the same for the same offsets. */
  toPosition(): string;
};

type Table = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Builds offsets. @param position of `toPosition`; default: nothing was read. @throws OdstError COMMON_REQUEST_INVALID */
export function createOffsets(position?: string): Offsets {
  const topics = new Map(
    Object.entries(position === undefined ? {} : parsed(position)).map(([topic, partitions]) => [
      topic,
      new Map(Object.entries(partitions).map(([partition, next]) => [Number(partition), next])),
    ]),
  );
  return {
    next: (topic, partition) => topics.get(topic)?.get(partition),
    advance(topic, partition, next) {
      const partitions = topics.get(topic) ?? new Map<number, string>();
      topics.set(topic, partitions);
      const before = partitions.get(partition);
      if (before === undefined || BigInt(next) > BigInt(before)) partitions.set(partition, next);
    },
    toPosition() {
      const sorted = [...topics]
        .sort(([one], [other]) => (one < other ? -1 : 1))
        .map(
          ([topic, partitions]) => [topic, Object.fromEntries([...partitions].sort(([one], [other]) => one - other))] as const,
        );
      return JSON.stringify(Object.fromEntries(sorted));
    },
  };
}

function parsed(position: string): Table {
  try {
    const table: unknown = JSON.parse(position);
    if (isTable(table)) return table;
  } catch {
    // Told below, as any other text that is no position.
  }
  throw new OdstError('COMMON_REQUEST_INVALID', `${JSON.stringify(position)} is no position in topics of Kafka`);
}

function isTable(value: unknown): value is Table {
  const isObject = (part: unknown): part is object => typeof part === 'object' && part !== null && !Array.isArray(part);
  return (
    isObject(value) &&
    Object.values(value).every(
      (partitions) =>
        isObject(partitions) &&
        Object.entries(partitions).every(
          ([partition, next]) => /^\d+$/.test(partition) && typeof next === 'string' && /^\d+$/.test(next),
        ),
    )
  );
}
