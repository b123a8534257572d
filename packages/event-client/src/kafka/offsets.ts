import { OdstError } from '@odst/kernel';

/** A record by which a partition is known again: another partition of the same name has another event at this offset, or none. */
export type Mark = { readonly offset: bigint; readonly id: string };

/** Where a reader is in a partition. */
export type Place = {
  /** The offset to read next. Ends of transactions take offsets too, so the record before it may lie further back. */
  readonly next: bigint;
  /** The last event before it; undefined when there was none. */
  readonly last?: Mark | undefined;
};

/** Where a reader is in its topics. */
export type Offsets = {
  /** Undefined for a partition that was never looked at. */
  place(topic: string, partition: number): Place | undefined;
  /** The partitions of a topic that were looked at; undefined for a topic that was not. */
  partitions(topic: string): readonly number[] | undefined;
  /** Notes that a topic was looked at: what partitions it is given later are read from their first record on. */
  know(topic: string): void;
  /** Everything below an offset was read. An offset never falls. */
  advance(topic: string, partition: number, place: Place): void;
  /** As text, the same for the same offsets. */
  toPosition(): string;
};

type Table = Readonly<Record<string, Readonly<Record<string, string>>>>;

const form = /^(?<next>\d+)(?: (?<offset>\d+) (?<id>.+))?$/s;

/** Builds offsets. @param position of `toPosition`; default: nothing was read. @throws OdstError COMMON_REQUEST_INVALID */
export function createOffsets(position?: string): Offsets {
  const topics = new Map(
    Object.entries(position === undefined ? {} : parsed(position)).map(([topic, partitions]) => [
      topic,
      new Map(Object.entries(partitions).map(([partition, text]) => [Number(partition), placeOf(text)])),
    ]),
  );
  const partitionsOf = (topic: string): Map<number, Place> => {
    const partitions = topics.get(topic) ?? new Map<number, Place>();
    topics.set(topic, partitions);
    return partitions;
  };
  return {
    place: (topic, partition) => topics.get(topic)?.get(partition),
    partitions: (topic) => (topics.has(topic) ? [...partitionsOf(topic).keys()] : undefined),
    know: (topic) => void partitionsOf(topic),
    advance(topic, partition, place) {
      const before = partitionsOf(topic).get(partition);
      if (before === undefined || place.next > before.next) partitionsOf(topic).set(partition, place);
    },
    toPosition() {
      const sorted = [...topics]
        .sort(([one], [other]) => (one < other ? -1 : 1))
        .map(([topic, partitions]) => {
          const places = [...partitions].sort(([one], [other]) => one - other);
          return [topic, Object.fromEntries(places.map(([partition, place]) => [partition, textOf(place)]))] as const;
        });
      return JSON.stringify(Object.fromEntries(sorted));
    },
  };
}

function textOf({ next, last }: Place): string {
  return last === undefined ? `${next}` : `${next} ${last.offset} ${last.id}`;
}

function placeOf(text: string): Place {
  const { next = '', offset, id } = form.exec(text)?.groups ?? {};
  return { next: BigInt(next), ...(offset === undefined || id === undefined ? {} : { last: { offset: BigInt(offset), id } }) };
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
          ([partition, text]) => /^\d+$/.test(partition) && typeof text === 'string' && form.test(text),
        ),
    )
  );
}
