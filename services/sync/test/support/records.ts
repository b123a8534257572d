import { createHash } from 'node:crypto';
import { type PackageChange, type PackageRecord, recordOfChanges } from '@odst/contracts/catalog';
import type { SignedProfile } from '@odst/contracts/registration';
import type { HeldChange } from '../../src/domain/held-change.ts';

/** Digest of a text, hex. */
export function hash(algorithm: 'md5' | 'sha1' | 'sha256', text: string): string {
  return createHash(algorithm).update(text).digest('hex');
}

/** Identity of a server, by the name that a test gives it. */
export function issOf(name: string): string {
  return hash('md5', name);
}

/** What a test says of a change. */
export type ChangeWords = {
  readonly filename: string;
  readonly content?: string;
  readonly manifest?: string;
  readonly stage?: string;
  readonly by: string;
  readonly stamp?: bigint;
  readonly sizeBytes?: bigint;
};

/** A change as catalog makes them: content and name from the given words. Nothing in sync looks at its signature. */
export function changeOf(words: ChangeWords): PackageChange {
  const { filename, content = filename, manifest = `manifest of ${content}`, stage = 'Prod', by, stamp = 1n } = words;
  const { sizeBytes = 1_000n } = words;
  const digests = { sha256: hash('sha256', content), sha1: hash('sha1', content), manifestDigest: hash('sha256', manifest) };
  return {
    uuid: hash('md5', filename),
    filename,
    act: 'upload',
    sets: [{ stage, content: { ...digests, sizeBytes }, byTheWay: false, seen: [] }],
    iss: by,
    epoch: by.slice(0, 16),
    stamp,
    actor: 'account:admin',
    reason: '',
    datedAt: new Date('2026-01-01T00:00:00Z'),
    from: '',
    signature: new Uint8Array(64).fill(7),
  };
}

/** A record of one change. */
export function recordOf(words: ChangeWords): PackageRecord {
  return recordOfChanges([changeOf(words)]);
}

/** The content that a record of one change names. */
export function contentIn(record: PackageRecord) {
  const content = record.bodies[0]?.sets[0]?.content;
  if (content === undefined) throw new Error('the record names no content');
  return content;
}

/** A change of one record that is held back. */
export function heldIn(record: PackageRecord, more: Partial<HeldChange> = {}): HeldChange {
  return {
    packageUuid: record.uuid,
    filename: record.filename,
    act: record.bodies[0]?.act ?? '',
    stages: record.bodies[0]?.sets.map(({ stage }) => stage) ?? [],
    signedBy: record.changes[0]?.iss ?? '',
    code: 'CATALOG_CHANGE_SIGNER_UNKNOWN',
    reason: 'nobody knows them',
    isFinal: false,
    record: more.isFinal === true ? undefined : record,
    ...more,
  };
}

/** A profile of a server, by its identity or a name; nothing here looks at its signature. */
export function profileOf(name: string): SignedProfile {
  const iss = /^[0-9a-f]{32}$/.test(name) ? name : issOf(name);
  const said = { name, url: `http://${iss}`, stage: 'Prod', firewalledMode: false, stamp: 1n };
  return { iss, publicKey: new Uint8Array(32).fill(1), ...said, signature: new Uint8Array(64).fill(2) };
}

/** A record of a change whose signature holds nowhere. */
export function forgedOf(words: ChangeWords): PackageRecord {
  return recordOfChanges([{ ...changeOf(words), signature: new Uint8Array(64) }]);
}
