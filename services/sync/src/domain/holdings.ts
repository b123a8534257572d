import type { Heartbeat, HoldingsStatement, WriterStatement } from '@odst/contracts/sync';
import { isIss } from '@odst/kernel';

/** Parts of what a server holds, each stated by itself, by the first byte of the SHA-256: so a change travels without the rest. */
export const shardCount = 256;

/** Contents of one shard that are stated: 262,144 in all shards. More would let one server fill the disks of all others. */
export const mostEntries = 1_024;

/** How far ahead of the clock a stamp may lie: a statement from a wrong clock would else count for ever. */
const aheadLimitMs = 86_400_000n;

const [digestBytes, timeBytes] = [31, 6];
const entryBytes = digestBytes + timeBytes;
const signatureBytes = 64;

/** A content that a server holds. */
export type Holding = {
  /** 64 hex digits. */
  readonly sha256: string;
  /** Since when, by the server's clock: milliseconds since 1970. */
  readonly sinceMs: number;
};

/** A statement of any kind. */
export type Statement =
  | { readonly kind: 'holdings'; readonly statement: HoldingsStatement }
  | { readonly kind: 'writer'; readonly statement: WriterStatement }
  | { readonly kind: 'heartbeat'; readonly statement: Heartbeat };

/** Whether readers are woken for a statement. The others go with whatever comes next, those of writers ahead of what needs them. */
export function isLoud({ kind }: Statement): boolean {
  return kind === 'holdings';
}

/** What a statement is about: of two with one subject, only one counts. */
export function subjectOfStatement({ kind, statement }: Statement): string {
  if (kind === 'holdings') return holdingsSubject(statement.iss, statement.shard);
  return kind === 'writer' ? writerSubject(statement.iss) : statement.iss;
}

/** {@link subjectOfStatement} of a shard. */
export function holdingsSubject(iss: string, shard: number): string {
  return `${iss}.${shard}`;
}

/** {@link subjectOfStatement} of what a server says of its own changes. */
export function writerSubject(iss: string): string {
  return `${iss}.writer`;
}

/** Shard of a content. */
export function shardOf(sha256: string): number {
  return Number.parseInt(sha256.slice(0, 2), 16);
}

/** The first two hex digits of all contents of a shard. */
export function shardPrefix(shard: number): string {
  return shard.toString(16).padStart(2, '0');
}

/** Holdings of one shard in the form in which they are stated: ascending, and no more than may be stated. */
export function packHoldings(holdings: readonly Holding[]): Uint8Array {
  const sorted = holdings.toSorted((one, other) => (one.sha256 < other.sha256 ? -1 : 1)).slice(0, mostEntries);
  const bytes = Buffer.alloc(sorted.length * entryBytes);
  for (const [index, { sha256, sinceMs }] of sorted.entries()) {
    bytes.write(sha256.slice(2), index * entryBytes, 'hex');
    bytes.writeUIntBE(sinceMs, index * entryBytes + digestBytes, timeBytes);
  }
  return new Uint8Array(bytes);
}

/** The reverse. */
export function unpackHoldings({ shard, entries }: Pick<HoldingsStatement, 'shard' | 'entries'>): readonly Holding[] {
  const bytes = Buffer.from(entries.buffer, entries.byteOffset, entries.byteLength);
  return Array.from({ length: bytes.length / entryBytes }, (_, index) => {
    const start = index * entryBytes;
    const sha256 = `${shardPrefix(shard)}${bytes.toString('hex', start, start + digestBytes)}`;
    return { sha256, sinceMs: bytes.readUIntBE(start + digestBytes, timeBytes) };
  });
}

/** A content as statements of its shard name it: for who looks it up in those of many servers. */
export function entryDigest(sha256: string): Uint8Array {
  return Buffer.from(sha256.slice(2), 'hex');
}

/**
 * Since when a content is held by what a statement says; undefined where it does not say so. Cheap: nothing is unpacked.
 * @param wanted {@link entryDigest} of it
 */
export function heldSince(
  { shard, entries }: Pick<HoldingsStatement, 'shard' | 'entries'>,
  sha256: string,
  wanted = entryDigest(sha256),
): number | undefined {
  if (shardOf(sha256) !== shard) return undefined;
  let [low, high] = [0, entries.length / entryBytes - 1];
  while (low <= high) {
    const middle = (low + high) >> 1;
    const start = middle * entryBytes;
    const order = compareAt(entries, start, wanted);
    if (order === 0) return timeAt(entries, start + digestBytes);
    if (order < 0) low = middle + 1;
    else high = middle - 1;
  }
  return undefined;
}

/**
 * Which of some contents a statement says to be held, a byte each: 1 for one that is. Both are in order, and what servers hold is mostly
 * the same, so mostly the next entry is the one that is looked for.
 * @param digests {@link entryDigest} of contents of its shard, ascending
 */
export function heldAmong({ entries }: Pick<HoldingsStatement, 'entries'>, digests: readonly Uint8Array[]): Uint8Array {
  const held = new Uint8Array(digests.length);
  const count = entries.length / entryBytes;
  let low = 0;
  let place = -1;
  for (const digest of digests) {
    place += 1;
    // In growing strides to one that is not before it, then in halves between the last two.
    let next = low;
    let stride = 1;
    let order = 1;
    while (next < count) {
      order = compareAt(entries, next * entryBytes, digest);
      if (order >= 0) break;
      low = next + 1;
      next += stride;
      stride *= 2;
    }
    let high = Math.min(next, count);
    while (order !== 0 && low < high) {
      const middle = (low + high) >> 1;
      order = compareAt(entries, middle * entryBytes, digest);
      if (order < 0) low = middle + 1;
      else high = middle;
    }
    if (order !== 0) continue;
    held[place] = 1;
    low = high;
  }
  return held;
}

/** Milliseconds since 1970. */
function timeAt(entries: Uint8Array, start: number): number {
  let time = 0;
  for (let index = start; index < start + timeBytes; index += 1) time = time * 256 + (entries[index] ?? 0);
  return time;
}

/** Mostly the first byte decides, which is sooner than a call of the engine's own. */
function compareAt(entries: Uint8Array, start: number, wanted: Uint8Array): number {
  for (let index = 0; index < digestBytes; index += 1) {
    const difference = (entries[start + index] ?? 0) - (wanted[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** The one text of a statement, over which it is signed, in UTF-8: a JSON array, numbers of 64 bits as digits, bytes in base64. */
export function statementBytes(one: Statement): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(textOf(one)));
}

function textOf({ kind, statement }: Statement): readonly (string | number)[] {
  const { iss, stamp } = statement;
  switch (kind) {
    case 'holdings':
      return ['odst.holdings.v1', iss, statement.shard, stamp.toString(), Buffer.from(statement.entries).toString('base64')];
    case 'writer': {
      const { epoch, lastStamp, floor } = statement;
      return ['odst.writer.v1', iss, epoch, lastStamp.toString(), floor.toString(), stamp.toString()];
    }
    case 'heartbeat':
      return ['odst.heartbeat.v1', iss, stamp.toString()];
  }
}

/** The stamp of a server's next statement. @param last of its last one on the subject; 0 for none @param nowMs milliseconds since 1970 */
export function nextStatementStamp(last: bigint, nowMs: number): bigint {
  const now = BigInt(nowMs);
  return now > last ? now : last + 1n;
}

/** Whether a clock of today gives no such stamp, so that no other server takes the statement. @param nowMs milliseconds since 1970 */
export function isStampAhead(stamp: bigint, nowMs: number): boolean {
  return stamp > BigInt(nowMs) + aheadLimitMs;
}

/**
 * Why a statement that somebody told can be none, whoever signed it; undefined where it may be one.
 * @param nowMs milliseconds since 1970
 */
export function faultOf({ kind, statement }: Statement, nowMs: number): string | undefined {
  const { iss, stamp, signature } = statement;
  if (!isIss(iss)) return 'it names no server';
  if (signature.length !== signatureBytes) return `its signature is not ${signatureBytes} bytes`;
  if (stamp <= 0n || isStampAhead(stamp, nowMs)) return 'its stamp is none that a clock of today gives';
  if (kind === 'heartbeat') return ageFault(statement, nowMs);
  if (kind === 'writer') return writerFault(statement);
  const { shard, entries } = statement;
  if (!(Number.isInteger(shard) && shard >= 0 && shard < shardCount)) return `there is no shard ${shard}`;
  if (entries.length % entryBytes !== 0) return 'its entries are cut off';
  if (entries.length > mostEntries * entryBytes) return `it has more than ${mostEntries} entries`;
  return isAscending(entries) ? undefined : 'its entries are not in their order';
}

function writerFault({ epoch, lastStamp, floor }: WriterStatement): string | undefined {
  if (!/^[0-9a-f]{16}$/.test(epoch)) return 'it names no start of a server';
  return lastStamp >= 0n && floor >= 0n ? undefined : 'its stamps are out of range';
}

/** The age is not signed: whoever tells says it. One that leads to no date that there is could not be kept. */
function ageFault({ ageMs }: Heartbeat, nowMs: number): string | undefined {
  if (ageMs < 0n) return 'it was heard of in the future';
  return ageMs > BigInt(nowMs) ? 'it was heard of before 1970' : undefined;
}

function isAscending(entries: Uint8Array): boolean {
  for (let start = entryBytes; start < entries.length; start += entryBytes) {
    const before = entries.subarray(start - entryBytes, start - timeBytes);
    if (Buffer.compare(before, entries.subarray(start, start + digestBytes)) >= 0) return false;
  }
  return true;
}

/** Whether a statement counts more than what is known on its subject: a later stamp, and of one stamp the greater text. */
function isNewerStatement(told: Statement, known: Statement | undefined): boolean {
  if (known === undefined) return true;
  const [newer, older] = [told.statement.stamp, known.statement.stamp];
  return newer === older ? Buffer.compare(statementBytes(told), statementBytes(known)) > 0 : newer > older;
}

/** Those that count more than what is known, in their order; of several on one subject only the one that counts most. */
export function newestOf<Told extends Statement>(told: readonly Told[], known: ReadonlyMap<string, Statement>): readonly Told[] {
  const newest = new Map<string, Told>();
  for (const one of told) {
    const subject = subjectOfStatement(one);
    if (isNewerStatement(one, newest.get(subject) ?? known.get(subject))) newest.set(subject, one);
  }
  return told.filter((one) => newest.get(subjectOfStatement(one)) === one);
}

/**
 * When a server was alive, by this server's clock, as a heartbeat tells it: as long ago as the one that told says, and where even the two
 * clocks, which may differ by ten minutes, leave no doubt that it was earlier, when the server says.
 */
export function heardAtOf({ stamp, ageMs }: Heartbeat, nowMs: number): number {
  const signedMs = Number(stamp);
  return nowMs - signedMs > clockToleranceMs ? signedMs : nowMs - Number(ageMs);
}

const clockToleranceMs = 12 * 60_000;

/**
 * When a server was heard of last, of what was known and what came now. Ways over third servers differ in what they say, by seconds; what is
 * known from later than that is from before this server's clock was set back.
 */
export function latestHeard(known: Date, told: Date): Date {
  return new Date(Math.min(Math.max(known.getTime(), told.getTime()), told.getTime() + longestDetourMs));
}

/** How much earlier a way over third servers may date what is known. The SQL of the store has the same. */
const longestDetourMs = 60_000;

/** A server that was not heard of for this long is unknown. */
const silenceMs = 120_000;

/** Whether a server that was heard of then is still known. A time ahead of the clock, which was set back since, tells nothing. */
export function isHeard(heardAt: Date | undefined, nowMs: number): boolean {
  return heardAt !== undefined && Math.abs(nowMs - heardAt.getTime()) < silenceMs;
}
