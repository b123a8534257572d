import { PackageRecord } from '@odst/contracts/catalog';
import { syncEventCodec } from '@odst/contracts/sync';
import { isOdstError } from '@odst/kernel';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { packageUuid } from '../../../catalog/src/domain/package-identity.ts';
import { ownRanges } from '../../src/app/answer-digests.ts';
import { Mesh, type MeshServer } from './mesh.ts';
import { contentOf } from './mesh-parts.ts';

const minuteMs = 60_000;
const isServed = async (filename: string, word: string, server: MeshServer) =>
  (await server.served(filename)) === contentOf(word).sha256;

/** What an admin gets who has a peer compared, once it has ended. */
async function compared(mesh: Mesh, server: MeshServer, peer: MeshServer) {
  let ended = false;
  const asked = server.brain.syncPeer(peer.iss, 60_000).finally(() => {
    ended = true;
  });
  await mesh.until(async () => ended, 2 * minuteMs);
  return asked;
}

const statusOf = (server: MeshServer, peer: MeshServer) =>
  server.brain.peerStatuses().find(({ peerIss }) => peerIss === peer.iss);

/** The digests of all ranges of a server. */
const rangesOf = async (server: MeshServer) => {
  const digests = async ({ uuids, ...query }: { prefix: string; after: string; limit: number; uuids: readonly string[] }) =>
    (await server.catalog.find.digests({ ...query, uuids: [...uuids] })).digests;
  return Buffer.from((await ownRanges({ recordDigests: digests }, new AbortController().signal)).ranges).toString('hex');
};

/** What was written down of differences. */
const differencesAt = async (server: MeshServer) =>
  (await server.events()).map((event) => syncEventCodec.decode(event)).filter(({ type }) => type === 'PeerDifferencesChanged');

async function pair() {
  const mesh = new Mesh();
  const [a, b] = [await mesh.server('a'), await mesh.server('b')];
  await a.register(b);
  await mesh.time.pass(1_000);
  return { mesh, a, b, [Symbol.asyncDispose]: () => mesh[Symbol.asyncDispose]() };
}

test('servers that have the same are equal, whatever was done', async () => {
  await using met = await pair();
  const { mesh, a, b } = met;
  await a.upload('x.pkg', 'one', 'Test');
  await b.upload('y.pkg', 'two', 'Prod');
  await mesh.until(async () => (await isServed('y.pkg', 'two', a)) && (await b.find('x.pkg')) !== undefined);
  await b.act('x.pkg', 'promote', { from: 'Test', to: 'Prod' });
  await a.act('y.pkg', 'delete');
  await mesh.time.pass(10_000);
  expect(await compared(mesh, a, b)).toMatchObject({ outcome: 'equal', packages: 2, differed: 0, examples: [] });
  expect(await rangesOf(a)).toBe(await rangesOf(b));
  expect(await differencesAt(a)).toEqual([]);
});

test('a package that the feed of a peer does not tell, and one whose record got lost, come by the next comparison', async () => {
  await using met = await pair();
  const { mesh, a, b } = met;
  for (const [one, other] of [
    [a, b],
    [b, a],
  ] as const)
    await compared(mesh, one, other);
  b.faults.untold.add(packageUuid('untold.pkg'));
  a.faults.loses.add('lost.pkg');
  await b.upload('untold.pkg', 'untold', 'Prod');
  await b.upload('lost.pkg', 'lost', 'Prod');
  await b.upload('other.pkg', 'other', 'Prod');
  await mesh.until(() => isServed('other.pkg', 'other', a), 10_000);
  await mesh.time.pass(minuteMs);
  a.faults.loses.clear();
  expect([await a.find('untold.pkg'), await a.find('lost.pkg')]).toEqual([undefined, undefined]);
  expect(await compared(mesh, a, b)).toMatchObject({
    ...{ outcome: 'repaired', packages: 3, differed: 2, repaired: 2, heldBack: 0, lacking: 0, unexplained: 0 },
    examples: expect.arrayContaining([expect.objectContaining({ filename: 'lost.pkg', outcome: 'repaired' })]),
  });
  await mesh.until(async () => (await isServed('untold.pkg', 'untold', a)) && (await isServed('lost.pkg', 'lost', a)), minuteMs);
  expect(await rangesOf(a)).toBe(await rangesOf(b));
  expect(await differencesAt(a)).toMatchObject([{ data: { peerIss: b.iss, differed: 2, repaired: 2 } }]);
  expect(await compared(mesh, a, b)).toMatchObject({ outcome: 'equal' });
  expect(await differencesAt(a)).toHaveLength(1);
});

test('what a peer lacks it is told of, and takes in by its own comparison, without an admin', async () => {
  await using met = await pair();
  const { mesh, a, b } = met;
  for (const [one, other] of [
    [a, b],
    [b, a],
  ] as const)
    await compared(mesh, one, other);
  b.faults.loses.add('lost.pkg');
  await a.upload('lost.pkg', 'lost', 'Prod');
  await mesh.time.pass(minuteMs);
  b.faults.loses.clear();
  expect(await compared(mesh, a, b)).toMatchObject({ outcome: 'different', lacking: 1, repaired: 0 });
  await mesh.until(() => isServed('lost.pkg', 'lost', b), 11 * minuteMs);
  expect(await compared(mesh, a, b)).toMatchObject({ outcome: 'equal' });
});

test('what the feed of a server lacks it tells again once it compares, so that a new peer hears of it', async () => {
  await using met = await pair();
  const { mesh, a, b } = met;
  for (const [one, other] of [
    [a, b],
    [b, a],
  ] as const)
    await compared(mesh, one, other);
  b.faults.untold.add(packageUuid('untold.pkg'));
  await b.upload('untold.pkg', 'untold', 'Prod');
  await mesh.time.pass(minuteMs);
  expect(await a.find('untold.pkg')).toBeUndefined();
  await compared(mesh, b, a);
  await mesh.until(() => isServed('untold.pkg', 'untold', a), 10_000);
});

test('servers that met compare within an hour, without an admin', async () => {
  await using met = await pair();
  const { mesh, a, b } = met;
  a.faults.loses.add('lost.pkg');
  await b.upload('lost.pkg', 'lost', 'Prod');
  await mesh.time.pass(61 * minuteMs);
  expect(statusOf(a, b)?.comparison).toMatchObject({ outcome: 'different', unexplained: 1, repaired: 0 });
  expect(statusOf(b, a)?.comparison).toMatchObject({ outcome: 'different', lacking: 1, repaired: 0 });
});

test('a server that starts again knows when it compared last', async () => {
  await using met = await pair();
  const { mesh, a, b } = met;
  const first = await compared(mesh, a, b);
  await a.stop();
  await a.start();
  await mesh.time.pass(120 * minuteMs);
  expect(statusOf(a, b)?.comparison).toEqual(first);
});

test('a change that is held back is told with its reason, and is no repair, however often they compare', async () => {
  await using mesh = new Mesh();
  const [hub, far, b] = [await mesh.server('hub'), await mesh.server('far'), await mesh.server('b')];
  b.refusesProfilesOf.add(far.iss);
  await far.register(hub);
  await far.upload('far.pkg', 'of far', 'Prod');
  await mesh.until(() => isServed('far.pkg', 'of far', hub), 10_000);
  await b.register(hub);
  await mesh.until(async () => (await b.heldBack()) === 1, minuteMs);
  const held = { outcome: 'heldBack', filename: 'far.pkg', reason: expect.stringContaining('is not known here yet') };
  expect(await compared(mesh, b, hub)).toMatchObject({ outcome: 'different', heldBack: 1, repaired: 0, examples: [held] });
  expect(await compared(mesh, b, hub)).toMatchObject({ outcome: 'different', heldBack: 1, repaired: 0 });
  expect(await b.heldBack()).toBe(1);
  expect(await differencesAt(b)).toHaveLength(1);
  b.refusesProfilesOf.clear();
  await mesh.until(async () => (await compared(mesh, b, hub))?.outcome === 'equal', 60 * minuteMs);
  expect((await differencesAt(b)).at(-1)).toMatchObject({ data: { heldBack: 0 } });
});

test('a peer whose digests lie is told of, is asked once for each comparison, and hinders nothing', async () => {
  await using met = await pair();
  const { mesh, a, b } = met;
  await b.upload('x.pkg', 'one', 'Prod');
  await mesh.until(() => isServed('x.pkg', 'one', a), 10_000);
  b.faults.falsified = ({ uuid }) => ({ uuid, digest: 'ab'.repeat(32) });
  const reason = expect.stringContaining('is not that of the record');
  const example = { filename: 'x.pkg', outcome: 'unexplained', reason };
  expect(await compared(mesh, a, b)).toMatchObject({ outcome: 'different', unexplained: 1, repaired: 0, examples: [example] });
  const { questions } = a;
  await mesh.time.pass(150 * minuteMs);
  expect(a.questions).toBe(questions);
  await b.upload('y.pkg', 'two', 'Prod');
  await mesh.until(() => isServed('y.pkg', 'two', a), 10_000);
});

test('a peer without comparisons is told of in words, and stays online', async () => {
  await using met = await pair();
  const { mesh, a, b } = met;
  b.faults.comparesNothing = true;
  const reason = expect.stringContaining('runs a version that compares nothing');
  expect(await compared(mesh, a, b)).toMatchObject({ outcome: 'unsupported', reason });
  expect(statusOf(a, b)).toMatchObject({ reach: 'online', lastError: '' });
  expect(await differencesAt(a)).toEqual([]);
});

test('an admin is not kept waiting for a peer that is away; it is compared when it is back', async () => {
  await using met = await pair();
  const { mesh, a, b } = met;
  b.cut(true);
  await mesh.time.pass(minuteMs);
  let came: unknown = 'nothing yet';
  void a.brain.syncPeer(b.iss, 5_000).then((comparison) => {
    came = comparison;
  });
  await mesh.time.pass(6_000);
  expect([came, statusOf(a, b)?.isComparing]).toEqual([undefined, true]);
  b.cut(false);
  await mesh.until(async () => statusOf(a, b)?.comparison?.outcome === 'equal', 10 * minuteMs);
});

const step = fc.record({
  server: fc.nat(2),
  what: fc.constantFrom('upload', 'upload', 'promote', 'delete', 'lose', 'find', 'refuse', 'accept', 'untell'),
  file: fc.nat(2),
  pauseMs: fc.constantFrom(0, 500, 20_000),
});

test('whatever got lost or was refused, after comparisons both ways the digests of all servers are the same', {
  timeout: 120_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 15 }), async (steps) => {
      await using mesh = new Mesh();
      const servers = [await mesh.server('hub'), await mesh.server('a'), await mesh.server('b')];
      const [hub, ...spokes] = servers as [MeshServer, ...MeshServer[]];
      for (const spoke of spokes) await spoke.register(hub);
      for (const [index, { server: at, what, file, pauseMs }] of steps.entries()) {
        const server = servers[at] ?? hub;
        const other = servers[(at + 1) % 3] ?? hub;
        const filename = `${file}.pkg`;
        if (what === 'lose') server.faults.loses.add(filename);
        else if (what === 'find') server.faults.loses.clear();
        else if (what === 'refuse') server.refusesProfilesOf.add(other.iss);
        else if (what === 'accept') server.refusesProfilesOf.clear();
        else if (what === 'untell') server.faults.untold.add(packageUuid(filename));
        else if (what === 'upload') await server.upload(filename, `word ${index % 4}`, 'Prod', { replace: true });
        else await server.act(filename, what, { to: 'Prod' }).catch(notAllowed);
        await mesh.time.pass(pauseMs);
      }
      for (const server of servers) {
        server.faults.loses.clear();
        server.refusesProfilesOf.clear();
      }
      await mesh.time.pass(10_000);
      // What a spoke has reaches the hub first, and the other one from there.
      for (let round = 0; round < 2; round += 1) {
        for (const spoke of spokes) {
          await compared(mesh, hub, spoke);
          await compared(mesh, spoke, hub);
        }
      }
      const ranges = await Promise.all(servers.map(rangesOf));
      expect(new Set(ranges).size).toBe(1);
      for (const filename of ['0.pkg', '1.pkg', '2.pkg']) {
        const records = await Promise.all(servers.map((server) => server.record(filename)));
        expect(new Set(records.map((record) => record && JSON.stringify(PackageRecord.toJSON(record)))).size).toBe(1);
      }
    }),
    { numRuns: 10 },
  );
});

/** What an admin may be told, as there is nothing to promote. */
function notAllowed(error: unknown): void {
  if (!isOdstError(error) || !error.code.startsWith('CATALOG_')) throw error;
}
