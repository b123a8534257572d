import { createHash } from 'node:crypto';
import { type Content, catalogEventCodec, catalogEvents, type PackageChange, type VersionEntry } from '@odst/contracts/catalog';
import { toCloudEvent } from '@odst/event-bus';
import { stages } from '@odst/kernel';
import { expect, test } from 'vitest';
import { acts } from '../../src/domain/change.ts';
import { changeEvent } from '../../src/domain/change-event.ts';
import { packageUuid } from '../../src/domain/package-identity.ts';

const digest = (text: string, digits: number) => createHash('sha512').update(text).digest('hex').slice(0, digits);
const contentOf = (name: string): Content => ({
  sha256: digest(`sha256 ${name}`, 64),
  sha1: digest(`sha1 ${name}`, 40),
  sizeBytes: 2n ** 53n - 1n,
  manifestDigest: digest(`manifest ${name}`, 64),
});
const stamp = 2n ** 62n - 1n;
/** The longest that a file system has: 255 bytes. */
const filename = `${'ü'.repeat(125)}x.pkg`;
const by = { iss: digest('iss', 32), epoch: digest('epoch', 16), stamp, actor: `account:${'a'.repeat(100)}` };

/** Of 200 starts, of each the last change of the head. */
const vectorOf = (stage: string) =>
  Array.from({ length: 200 }, (_, index): VersionEntry => {
    const writer = `${digest(`iss ${index % 60}`, 32)}.${digest(`epoch ${index}`, 16)}`;
    return { writer, stamp: BigInt(`0x3${digest(`${stage} ${index}`, 15)}`) };
  }).toSorted((one, other) => (one.writer < other.writer ? -1 : 1));

/** All three heads, as no act but a deletion or a restoration sets them: the largest that a change can be. */
const change: PackageChange = {
  ...{ uuid: packageUuid(filename), filename, act: 'restore', from: 'Test', ...by, datedAt: new Date(0) },
  sets: stages.map((stage) => ({ stage, content: contentOf(stage), byTheWay: false, seen: vectorOf(stage) })),
  reason: '理'.repeat(1_000),
  signature: createHash('sha512').update('signature').digest(),
};
const about = { packageId: 2 ** 31 - 1, filename };
const others = Array.from({ length: 50 }, (_, index) => contentOf(`other ${index}`));
const { iss, actor } = by;

const largest = [
  ...acts.map((act) => changeEvent({ ...change, act }, about.packageId, iss)),
  { type: 'PackageUploaded', data: { packageId: about.packageId, change, uploadId: digest('upload', 36), stage: 'Prod' } },
  { type: 'PackageSealed', data: { packageId: about.packageId, sealed: change } },
  {
    type: 'PackageConflictDetected',
    data: { ...about, stage: 'Prod', winner: { content: contentOf('1'), iss, stamp, actor }, others, othersCount: 1_000 },
  },
  { type: 'PackageWanted', data: { ...about, content: contentOf('1'), fromIss: iss } },
  { type: 'PackagePublished', data: { ...about, content: contentOf('1') } },
  { type: 'PackageWithheld', data: { ...about, content: contentOf('1') } },
  { type: 'PackageServedHeadChanged', data: { ...about, stage: 'Prod', content: contentOf('1') } },
  { type: 'PackageTrashed', data: { ...about, content: contentOf('1'), trashedAt: new Date(0) } },
  { type: 'PackageDiscarded', data: { ...about, content: contentOf('1') } },
  { type: 'PackageLeaving', data: { ...about, content: contentOf('1'), since: new Date(0) } },
  {
    type: 'PackageLetGo',
    data: { ...about, content: contentOf('1'), holderIss: iss, holderName: 'n'.repeat(200), letGoAt: new Date(0) },
  },
] as const satisfies readonly Parameters<typeof catalogEventCodec.encode>[0][];

function publishedBytes(event: (typeof largest)[number]): number {
  const published = toCloudEvent(
    { service: 'catalog', iss },
    {
      ...catalogEventCodec.encode(event),
      id: '5bd51258-37dc-5e6e-830e-933401bfbcc3',
      stream: `package-${packageUuid(filename)}`,
      version: 1_000_000,
      position: 10n ** 19n,
      recordedAt: new Date(0),
      metadata: {
        ...{ actor: by.actor, remoteAddress: '', commandId: digest('command', 64), correlationId: digest('correlation', 64) },
        ...{ causationId: digest('causation', 64), traceparent: `00-${digest('trace', 32)}-${digest('span', 16)}-01` },
      },
    },
  );
  return Buffer.byteLength(JSON.stringify(published));
}

test('every event of a package is below 20 kB with three heads, 200 names in each vector, and long names and reasons', () => {
  const bytes = new Map<string, number>();
  for (const event of largest) bytes.set(event.type, Math.max(bytes.get(event.type) ?? 0, publishedBytes(event)));
  const { UploadRejected: _ofUploads, ...ofPackages } = catalogEvents;
  expect([...bytes.keys()].toSorted()).toEqual(Object.keys(ofPackages).toSorted());
  expect([...bytes].filter(([, size]) => size >= 20_000)).toEqual([]);
  process.stdout.write(`the largest event has ${Math.max(...bytes.values())} bytes\n`);
});
