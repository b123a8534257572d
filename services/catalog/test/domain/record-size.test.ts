import { createHash } from 'node:crypto';
import {
  type Content,
  catalogEventCodec,
  changesOfRecord,
  type PackageChange,
  PackageRecord,
  recordOfChanges,
  type VersionEntry,
} from '@odst/contracts/catalog';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { planUpload } from '../../src/domain/acts.ts';
import type { Author } from '../../src/domain/change.ts';
import { changeEvent } from '../../src/domain/change-event.ts';
import { mergeChanges } from '../../src/domain/change-merge.ts';
import { headsOf } from '../../src/domain/head.ts';
import { writeChange } from '../../src/domain/write-change.ts';
import { textOf } from '../support/forgeries.ts';
import { history } from '../support/histories.ts';
import { leavingOf, play } from '../support/mesh.ts';

const digest = (text: string, digits: number) => createHash('sha512').update(text).digest('hex').slice(0, digits);
const content: Content = {
  sha256: digest('sha256', 64),
  sha1: digest('sha1', 40),
  sizeBytes: 812_345_678n,
  manifestDigest: digest('manifest', 64),
};
const nothing = {
  filename: 'Microsoft_365_and_Office_16.103.25120613_Installer.pkg',
  changes: [],
  heads: headsOf([]),
  lastOwnStamp: 0n,
};

/** A change of the server of that number, with digests and a signature that do not compress. */
function changeOf(server: number): PackageChange {
  const now = new Date(Date.UTC(2026, 10, 29, 7, 0, server, 123));
  const by: Author = {
    iss: digest(`iss ${server}`, 32),
    epoch: digest(`epoch ${server}`, 16),
    actor: 'account:a.schneider',
    now,
  };
  const change = writeChange(nothing, planUpload(nothing.heads, 'Prod', content), by, '');
  return { ...change, signature: createHash('sha512').update(`${server}`).digest() };
}

describe('the record of fifty sites that had the same package before they met', () => {
  const fifty = Array.from({ length: 50 }, (_, server) => changeOf(server));
  const met = mergeChanges(fifty, []);

  test('shares one body and has at most 9 kB', () => {
    const record = recordOfChanges(met);
    expect(record.bodies).toHaveLength(1);
    expect(record.changes).toHaveLength(50);
    const bytes = PackageRecord.encode(record).finish();
    expect(bytes.length).toBeLessThanOrEqual(9_000);
    expect(textOf(changesOfRecord(PackageRecord.decode(bytes)))).toBe(textOf(met));
  });

  test('names the body in memory once', () => {
    const bodies = new Set(changesOfRecord(recordOfChanges(met)).map(({ sets }) => sets));
    expect(bodies.size).toBe(1);
  });
});

test('an event with a change that has seen 200 writers is below 20 kB', () => {
  const seen = Array.from({ length: 200 }, (_, server): VersionEntry => {
    const { iss, epoch, stamp } = changeOf(server);
    return { writer: `${iss}.${epoch}`, stamp };
  }).toSorted((one, other) => (one.writer < other.writer ? -1 : 1));
  const change = changeOf(999);
  const event = changeEvent(
    { ...change, reason: 'x'.repeat(200), sets: change.sets.map((set) => ({ ...set, seen })) },
    10_000,
    digest('peer', 32),
  );
  expect(Buffer.byteLength(JSON.stringify(catalogEventCodec.encode(event)))).toBeLessThan(20_000);
});

test('a record says after its travels what it said before', () => {
  fc.assert(
    fc.property(history(20), (steps) => {
      for (const server of play(steps).servers) {
        const changes = leavingOf(server);
        if (changes.length === 0) continue;
        const record = recordOfChanges(changes);
        const read = PackageRecord.decode(PackageRecord.encode(record).finish());
        if (textOf(changesOfRecord(read)) !== textOf(changes)) throw new Error(JSON.stringify(PackageRecord.toJSON(record)));
        const fromJson = PackageRecord.fromJSON(JSON.parse(JSON.stringify(PackageRecord.toJSON(record))));
        if (textOf(changesOfRecord(fromJson)) !== textOf(changes)) throw new Error(JSON.stringify(PackageRecord.toJSON(record)));
      }
    }),
    { numRuns: 200 },
  );
}, 60_000);
