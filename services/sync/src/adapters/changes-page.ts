import { PackageRecord } from '@odst/contracts/catalog';
import { SignedProfile, SignedRetirement } from '@odst/contracts/registration';
import { Heartbeat, HoldingsStatement, WriterStatement } from '@odst/contracts/sync';
import { OdstError } from '@odst/kernel';
import type { ChangesPage } from '../app/ports.ts';
import type { MalformedRecord } from '../domain/held-change.ts';
import type { Statement } from '../domain/holdings.ts';

const longestCursor = 2_000;

/** More entries no feed has: the number goes over gRPC in 32 bits. */
const mostLeft = 2_147_483_647;
/** Statements of writers that a page has beside its entries. */
const mostWriters = 1_000;

const uuidPattern = /^[0-9a-f]{32}$/;

/**
 * Checks the answer of a peer to a request for changes. The page as a whole must be right; a malformed record in it is
 * left out and told.
 * @param limit records that were asked for
 * @throws OdstError SYNC_PEER_FAILED
 */
export function parseChangesPage(body: Uint8Array, limit: number): ChangesPage {
  const page = objectOf(body);
  const { items, profiles: told, retirements: retired = [], holdings = [], writers = [], heartbeats = [] } = page;
  const { next, more, left = 0, epoch, restored } = page;
  if (!Array.isArray(items) || items.length > limit) throw nonsense(`\`items\` is no list of at most ${limit} records`);
  // Those of the servers that speak in the page come on top.
  const mostProfiles = 2 * limit + mostWriters;
  if (!Array.isArray(told) || told.length > mostProfiles)
    throw nonsense(`\`profiles\` is no list of at most ${mostProfiles} profiles`);
  if (!Array.isArray(retired) || retired.length > limit)
    throw nonsense(`\`retirements\` is no list of at most ${limit} statements`);
  if (!Array.isArray(holdings) || holdings.length > limit)
    throw nonsense(`\`holdings\` is no list of at most ${limit} statements`);
  if (!Array.isArray(writers) || writers.length > limit + mostWriters)
    throw nonsense(`\`writers\` is no list of at most ${limit + mostWriters} statements`);
  if (!Array.isArray(heartbeats) || heartbeats.length > limit) throw nonsense(`\`heartbeats\` is no list of at most ${limit}`);
  if (typeof next !== 'string' || next === '' || next.length > longestCursor || !/^[\x21-\x7e]+$/.test(next)) {
    throw nonsense('`next` is no cursor');
  }
  if (typeof more !== 'boolean') throw nonsense('`more` is neither true nor false');
  if (typeof left !== 'number' || !Number.isInteger(left) || left < 0 || left > mostLeft) throw nonsense('`left` is no count');
  if (typeof restored !== 'boolean') throw nonsense('`restored` is neither true nor false');
  if (typeof epoch !== 'string' || !/^[0-9a-f]{16}$/.test(epoch)) throw nonsense('`epoch` is not 16 hex digits');
  const records: PackageRecord[] = [];
  const malformed: MalformedRecord[] = [];
  for (const item of items as unknown[]) {
    const parsed = parseRecord(item);
    if ('reason' in parsed) malformed.push(parsed);
    else records.push(parsed);
  }
  const profiles: SignedProfile[] = [];
  for (const item of told as unknown[]) {
    const parsed = parseProfile(item);
    if ('reason' in parsed) malformed.push(parsed);
    else profiles.push(parsed);
  }
  const retirements: SignedRetirement[] = [];
  for (const item of retired as unknown[]) {
    const parsed = parseRetirement(item);
    if ('reason' in parsed && 'uuid' in parsed) malformed.push(parsed);
    else retirements.push(parsed);
  }
  const statements: Statement[] = [];
  // That a server runs counts for what it said before.
  for (const item of [
    ...(writers as unknown[]).map(parseWriter),
    ...(holdings as unknown[]).map(parseHoldings),
    ...(heartbeats as unknown[]).map(parseHeartbeat),
  ]) {
    if ('reason' in item) malformed.push(item);
    else statements.push(item);
  }
  return { records, profiles, retirements, statements, malformed, next, more, left, epoch, restored };
}

/** The fields of an answer, whatever they are. @throws OdstError SYNC_PEER_FAILED for what is no object */
export function objectOf(body: Uint8Array): Partial<Record<string, unknown>> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch (error) {
    throw new OdstError('SYNC_PEER_FAILED', 'the peer answered with something that is not JSON', {}, { cause: error });
  }
  if (typeof parsed !== 'object' || parsed === null) throw nonsense('it is no object');
  return parsed as Partial<Record<string, unknown>>;
}

/** The error for an answer that is none. */
export function nonsense(reason: string): OdstError {
  return new OdstError('SYNC_PEER_FAILED', `the peer answered with a malformed page: ${reason}`);
}

/** The record, or why it is none; what its changes say is catalog's to check. */
export function parseRecord(item: unknown): PackageRecord | MalformedRecord {
  const told = typeof item === 'object' && item !== null && 'uuid' in item ? item.uuid : undefined;
  const uuid = typeof told === 'string' && uuidPattern.test(told) ? told : '';
  if (uuid === '') return { uuid, reason: 'the record names no package' };
  try {
    const record = PackageRecord.fromJSON(item);
    // Numbers and times beyond what a message can hold show only here, and would else stop the feed when it is offered.
    PackageRecord.encode(record);
    return record;
  } catch (error) {
    return { uuid, reason: `the record cannot be read: ${error instanceof Error ? error.message : String(error)}` };
  }
}

/** The profile, or why it is none; registration checks what it says. */
export function parseProfile(item: unknown): SignedProfile | MalformedRecord {
  if (typeof item !== 'object' || item === null) return { uuid: '', reason: 'a profile is no object' };
  try {
    const profile = SignedProfile.fromJSON(item);
    SignedProfile.encode(profile);
    return profile;
  } catch (error) {
    return { uuid: '', reason: `a profile cannot be read: ${error instanceof Error ? error.message : String(error)}` };
  }
}

/** The retirement, or why it is none; registration checks what it says. */
function parseRetirement(item: unknown): SignedRetirement | MalformedRecord {
  if (typeof item !== 'object' || item === null) return { uuid: '', reason: 'a retirement is no object' };
  try {
    const retirement = SignedRetirement.fromJSON(item);
    SignedRetirement.encode(retirement);
    return retirement;
  } catch (error) {
    return { uuid: '', reason: `a retirement cannot be read: ${error instanceof Error ? error.message : String(error)}` };
  }
}

/** The statement, or why it is none; what it says is checked with its signature. */
function parseHoldings(item: unknown): Statement | MalformedRecord {
  return parseStatement(item, (told) => {
    const statement = HoldingsStatement.fromJSON(told);
    HoldingsStatement.encode(statement);
    return { kind: 'holdings', statement };
  });
}

function parseWriter(item: unknown): Statement | MalformedRecord {
  return parseStatement(item, (told) => {
    const statement = WriterStatement.fromJSON(told);
    WriterStatement.encode(statement);
    return { kind: 'writer', statement };
  });
}

function parseHeartbeat(item: unknown): Statement | MalformedRecord {
  return parseStatement(item, (told) => {
    const statement = Heartbeat.fromJSON(told);
    Heartbeat.encode(statement);
    return { kind: 'heartbeat', statement };
  });
}

function parseStatement(item: unknown, parse: (told: object) => Statement): Statement | MalformedRecord {
  if (typeof item !== 'object' || item === null) return { uuid: '', reason: 'a statement is no object' };
  try {
    return parse(item);
  } catch (error) {
    return { uuid: '', reason: `a statement cannot be read: ${error instanceof Error ? error.message : String(error)}` };
  }
}
