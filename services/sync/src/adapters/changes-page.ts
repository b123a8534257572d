import { PackageRecord } from '@odst/contracts/catalog';
import { SignedProfile } from '@odst/contracts/registration';
import { OdstError, stages } from '@odst/kernel';
import type { ChangesPage } from '../app/ports.ts';

const longestCursor = 2_000;

const iss = /^[0-9a-f]{32}$/;
const sha256 = /^[0-9a-f]{64}$/;

/**
 * Checks the answer of a peer to a request for changes. The page as a whole must be right; a malformed record in it is
 * left out and told.
 * @param limit records that were asked for
 * @throws OdstError SYNC_PEER_FAILED
 */
export function parseChangesPage(body: Uint8Array, limit: number): ChangesPage {
  const page = objectOf(body);
  const { items, profiles: told, next, more, epoch, restored } = page;
  if (!Array.isArray(items) || items.length > limit) throw nonsense(`\`items\` is no list of at most ${limit} records`);
  if (!Array.isArray(told) || told.length > limit) throw nonsense(`\`profiles\` is no list of at most ${limit} profiles`);
  if (typeof next !== 'string' || next === '' || next.length > longestCursor || !/^[\x21-\x7e]+$/.test(next)) {
    throw nonsense('`next` is no cursor');
  }
  if (typeof more !== 'boolean') throw nonsense('`more` is neither true nor false');
  if (typeof restored !== 'boolean') throw nonsense('`restored` is neither true nor false');
  if (typeof epoch !== 'string' || !/^[0-9a-f]{16}$/.test(epoch)) throw nonsense('`epoch` is not 16 hex digits');
  const records: PackageRecord[] = [];
  const malformed: string[] = [];
  for (const item of items as unknown[]) {
    const parsed = parseRecord(item);
    if (typeof parsed === 'string') malformed.push(parsed);
    else records.push(parsed);
  }
  const profiles: SignedProfile[] = [];
  for (const item of told as unknown[]) {
    const parsed = parseProfile(item);
    if (typeof parsed === 'string') malformed.push(parsed);
    else profiles.push(parsed);
  }
  return { records, profiles, malformed, next, more, epoch, restored };
}

function objectOf(body: Uint8Array): Record<'items' | 'profiles' | 'next' | 'more' | 'epoch' | 'restored', unknown> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch (error) {
    throw new OdstError('SYNC_PEER_FAILED', 'the peer answered with something that is not JSON', {}, { cause: error });
  }
  if (typeof parsed !== 'object' || parsed === null) throw nonsense('it is no object');
  return parsed as Record<'items' | 'profiles' | 'next' | 'more' | 'epoch' | 'restored', unknown>;
}

function nonsense(reason: string): OdstError {
  return new OdstError('SYNC_PEER_FAILED', `the peer answered with a malformed page: ${reason}`);
}

/** The record, or why it is none. */
function parseRecord(item: unknown): PackageRecord | string {
  if (typeof item !== 'object' || item === null) return 'a record is no object';
  let record: PackageRecord;
  try {
    record = PackageRecord.fromJSON(item);
    // Numbers and times beyond what a message can hold show only here, and would else stop the feed when it is offered.
    PackageRecord.encode(record);
  } catch (error) {
    return `a record cannot be read: ${error instanceof Error ? error.message : String(error)}`;
  }
  const fault = faultOf(record);
  return fault === undefined ? record : `the record of ${JSON.stringify(record.uuid.slice(0, 64))} has ${fault}`;
}

/** The profile, or why it is none; registration checks what it says. */
function parseProfile(item: unknown): SignedProfile | string {
  if (typeof item !== 'object' || item === null) return 'a profile is no object';
  try {
    const profile = SignedProfile.fromJSON(item);
    SignedProfile.encode(profile);
    return profile;
  } catch (error) {
    return `a profile cannot be read: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** What sync itself relies on; catalog checks the rest, with the signatures. */
function faultOf(record: PackageRecord): string | undefined {
  if (!iss.test(record.uuid)) return 'no proper uuid';
  if (!sha256.test(record.sha256)) return 'no proper sha256';
  if (!stages.some((stage) => stage === record.stage)) return 'an unknown stage';
  if (!iss.test(record.changedBy) || !iss.test(record.signedBy)) return 'no proper server';
  return record.concurrent.map(faultOf).find((fault) => fault !== undefined);
}
