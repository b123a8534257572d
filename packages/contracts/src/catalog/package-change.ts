import type { MessageType, PackedMessage } from '../event-codec.ts';
import type { PackageChange as PackedChange, HeadSetting as PackedSetting } from '../gen/odst/catalog/v1/record.ts';

/** One entry of a version vector. */
export type VersionEntry = {
  /** Who wrote: `<iss>.<epoch>`, as each start of a server writes in a name of its own. */
  readonly writer: string;
  /** Hybrid clock of its last change. */
  readonly stamp: bigint;
};

/** What a change makes of one head. */
export type HeadSetting = Omit<PackedSetting, 'seen'> & {
  /** Which changes of this head the change had seen, itself not included: the last one of each writer, ascending by writer. */
  readonly seen: readonly VersionEntry[];
};

/** One act of an admin on a package, as it is worked with: on the wire and in events its vectors are packed. */
export type PackageChange = Omit<PackedChange, 'sets' | 'writers'> & {
  /** Ascending by stage. */
  readonly sets: readonly HeadSetting[];
};

/** Vectors as they travel, beside what else a change sets. */
export type PackedSettings = { readonly sets: readonly PackedSetting[]; readonly writers: Uint8Array };

const [issBytes, epochBytes, stampBytes] = [16, 8, 8];
const writerBytes = issBytes + epochBytes;
const writerPattern = /^[0-9a-f]{32}\.[0-9a-f]{16}$/;
const none = new Uint8Array();

/** A vector that could not be read. It names no writer, so that no check of a change lets it pass. */
const unreadable: readonly VersionEntry[] = [{ writer: '', stamp: 0n }];

/** A vector that cannot be read, whatever writers there are: more bits than they need, or fewer stamps than bits. */
const unreadableBytes = new Uint8Array([0xff]);

/**
 * The heads with their vectors packed: the writers once, 24 bytes each, and for each head a bit for each writer and the stamps of those
 * that it names.
 * @throws RangeError for a vector that is not ascending, names something else than a writer, or has a stamp outside of 64 bits
 */
export function packSettings(sets: readonly HeadSetting[]): PackedSettings {
  const faulty = sets.find(({ seen }) => !isWritable(seen));
  if (faulty !== undefined) throw new RangeError(`the vector of the head of ${faulty.stage} cannot be written`);
  return packed(sets);
}

/** As {@link packSettings}, but a vector that is none becomes one that is refused wherever it comes. */
export function packAnySettings(sets: readonly HeadSetting[]): PackedSettings {
  return packed(sets, new Set(sets.filter(({ seen }) => !isWritable(seen))));
}

function packed(sets: readonly HeadSetting[], faulty: ReadonlySet<HeadSetting> = new Set()): PackedSettings {
  const named = sets.flatMap((setting) => (faulty.has(setting) ? [] : setting.seen.map(({ writer }) => writer)));
  const names = [...new Set(named)].sort();
  const places = new Map(names.map((name, index) => [name, index]));
  return {
    sets: sets.map((setting) => ({
      ...setting,
      seen: faulty.has(setting) ? unreadableBytes : vectorBytes(setting.seen, places),
    })),
    writers: new Uint8Array(Buffer.from(names.join('').replaceAll('.', ''), 'hex')),
  };
}

function vectorBytes(seen: readonly VersionEntry[], places: ReadonlyMap<string, number>): Uint8Array {
  if (seen.length === 0) return none;
  const bitBytes = Math.ceil(places.size / 8);
  const bytes = Buffer.alloc(bitBytes + seen.length * stampBytes);
  for (const [index, { writer, stamp }] of seen.entries()) {
    const place = places.get(writer) ?? 0;
    bytes[place >> 3] = (bytes[place >> 3] ?? 0) | (0x80 >> (place & 7));
    bytes.writeBigUInt64BE(stamp, bitBytes + index * stampBytes);
  }
  return new Uint8Array(bytes);
}

function isWritable(seen: readonly VersionEntry[]): boolean {
  return seen.every(
    ({ writer, stamp }, index) =>
      writerPattern.test(writer) && stamp >= 0n && stamp < 2n ** 64n && (index === 0 || (seen[index - 1]?.writer ?? '') < writer),
  );
}

/**
 * The reverse of {@link packSettings}; undefined where a length or a bit is wrong, or a writer is named by no vector: there is one form
 * of every vector.
 */
export function unpackSettings({ sets, writers }: PackedSettings): readonly HeadSetting[] | undefined {
  if (writers.length % writerBytes !== 0) return undefined;
  const names = writerNames(writers);
  const named = new Uint8Array(names.length);
  const unpacked: HeadSetting[] = [];
  for (const { seen, ...setting } of sets) {
    const vector = vectorOf(seen, names, named);
    if (vector === undefined) return undefined;
    unpacked.push({ ...setting, seen: vector });
  }
  return named.includes(0) ? undefined : unpacked;
}

/** As {@link unpackSettings}, but vectors that cannot be read become ones that no check of a change lets pass. */
export function unpackAnySettings(settings: PackedSettings): readonly HeadSetting[] {
  return unpackSettings(settings) ?? settings.sets.map((setting) => ({ ...setting, seen: unreadable }));
}

/** The servers of packed writers, some of them several times; of bytes that are left over, none. */
export function serversOfWriters(writers: Uint8Array): readonly string[] {
  const bytes = bufferOf(writers);
  return Array.from({ length: Math.floor(bytes.length / writerBytes) }, (_, index) =>
    bytes.toString('hex', index * writerBytes, index * writerBytes + issBytes),
  );
}

function writerNames(writers: Uint8Array): readonly string[] {
  const hex = bufferOf(writers).toString('hex');
  return Array.from({ length: writers.length / writerBytes }, (_, index) => {
    const start = index * writerBytes * 2;
    return `${hex.slice(start, start + issBytes * 2)}.${hex.slice(start + issBytes * 2, start + writerBytes * 2)}`;
  });
}

/** @param named is marked with what the vector names */
function vectorOf(seen: Uint8Array, names: readonly string[], named: Uint8Array): readonly VersionEntry[] | undefined {
  if (seen.length === 0) return [];
  const bytes = bufferOf(seen);
  const bitBytes = Math.ceil(names.length / 8);
  const entries: VersionEntry[] = [];
  for (let place = 0; place < bitBytes * 8; place += 1) {
    if (((bytes[place >> 3] ?? 0) & (0x80 >> (place & 7))) === 0) continue;
    const writer = names[place];
    const start = bitBytes + entries.length * stampBytes;
    if (writer === undefined || start + stampBytes > bytes.length) return undefined;
    named[place] = 1;
    entries.push({ writer, stamp: bytes.readBigUInt64BE(start) });
  }
  return entries.length > 0 && bytes.length === bitBytes + entries.length * stampBytes ? entries : undefined;
}

function bufferOf({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

/** A change with its vectors packed. @throws RangeError as {@link packSettings} */
function packChange({ sets, ...change }: PackageChange): PackedChange {
  return { ...change, ...packSettings(sets) };
}

/** Throws for what no server writes: an event of one's own that cannot be read is damage, not an attack. */
function unpackChange({ sets, writers, ...change }: PackedChange): PackageChange {
  const unpacked = unpackSettings({ sets, writers });
  if (unpacked === undefined) throw new RangeError(`the vectors of a change of ${change.uuid} cannot be read`);
  return { ...change, sets: unpacked };
}

/** A message with a change in this field, as it is worked with. */
export type Readable<Packed, Field extends keyof Packed> = Omit<Packed, Field> & {
  readonly [Name in Field]: PackageChange | undefined;
};

/**
 * The message with its change as it is worked with; its JSON has the vectors packed.
 * @param field which has the change
 */
export function readable<Packed, Field extends keyof Packed & string>(
  field: Field,
  message: MessageType<Packed>,
): PackedMessage<Readable<Packed, Field>, Packed> {
  return {
    packed: message,
    toJSON(data) {
      const change = data[field];
      return message.toJSON({ ...data, [field]: change && packChange(change) } as unknown as Packed);
    },
    fromJSON(json) {
      const data = message.fromJSON(json);
      const change = data[field] as PackedChange | undefined;
      return { ...data, [field]: change && unpackChange(change) } as unknown as Readable<Packed, Field>;
    },
  };
}
