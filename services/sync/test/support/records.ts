import { createHash } from 'node:crypto';
import type { PackageRecord } from '@odst/contracts/catalog';
import type { SignedProfile } from '@odst/contracts/registration';

/** Digest of a text, hex. */
export function hash(algorithm: 'md5' | 'sha1' | 'sha256', text: string): string {
  return createHash(algorithm).update(text).digest('hex');
}

/** Identity of a server, by the name that a test gives it. */
export function issOf(name: string): string {
  return hash('md5', name);
}

/** A record as catalog makes them: content and name from the given words. */
export function recordOf(parts: {
  readonly filename: string;
  readonly content?: string;
  readonly stage?: string;
  readonly by: string;
  readonly stamp?: bigint;
  readonly sizeBytes?: bigint;
}): PackageRecord {
  const { filename, content = filename, stage = 'Prod', by, stamp = 1n, sizeBytes = 1_000n } = parts;
  return {
    uuid: hash('md5', filename),
    filename,
    sha256: hash('sha256', content),
    sha1: hash('sha1', content),
    sizeBytes,
    manifestDigest: hash('sha256', `manifest of ${content}`),
    stage,
    deleted: false,
    versionVector: [{ writer: `${by}.${by.slice(0, 16)}`, stamp }],
    changedBy: by,
    epoch: by.slice(0, 16),
    changedStamp: stamp,
    createdAt: new Date('2026-01-01T00:00:00Z'),
    signedBy: by,
    signature: new Uint8Array(64).fill(7),
    concurrent: [],
  };
}

/** A profile of a server, by its identity or a name; nothing here looks at its signature. */
export function profileOf(name: string): SignedProfile {
  const iss = /^[0-9a-f]{32}$/.test(name) ? name : issOf(name);
  const said = { name, url: `http://${iss}`, stage: 'Prod', firewalledMode: false, stamp: 1n };
  return { iss, publicKey: new Uint8Array(32).fill(1), ...said, signature: new Uint8Array(64).fill(2) };
}
