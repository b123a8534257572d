import { PackageRecord } from '@odst/contracts/catalog';
import { isOdstError } from '@odst/kernel';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Mesh, type MeshServer } from './mesh.ts';
import { contentOf } from './mesh-parts.ts';

const sha256Of = (word: string) => contentOf(word).sha256;
const isServed = async (filename: string, word: string, ...servers: readonly MeshServer[]) =>
  (await Promise.all(servers.map((server) => server.served(filename)))).every((sha256) => sha256 === sha256Of(word));
const nothingWaits = async (...servers: readonly MeshServer[]) =>
  (await Promise.all(servers.map((server) => server.heldBack()))).every((count) => count === 0);
const textOf = (record: PackageRecord | undefined) => record && JSON.stringify(PackageRecord.toJSON(record));

test('packages of either side that were there before the servers met arrive on the other', async () => {
  await using mesh = new Mesh();
  const [a, b] = [await mesh.server('a'), await mesh.server('b')];
  await a.upload('a.pkg', 'of a', 'Prod');
  await b.upload('b.pkg', 'of b', 'Prod');
  await a.register(b);
  await mesh.until(async () => (await isServed('a.pkg', 'of a', a, b)) && (await isServed('b.pkg', 'of b', a, b)), 5_000);
});

test('spokes of a hub that uploaded the same file, and then each another one, hold all; nothing waits', async () => {
  await using mesh = new Mesh();
  const [hub, d, b] = [await mesh.server('hub'), await mesh.server('d'), await mesh.server('b')];
  await d.upload('x.pkg', 'same', 'Prod');
  await b.upload('x.pkg', 'same', 'Prod');
  await d.register(hub);
  await b.register(hub);
  await mesh.until(() => isServed('x.pkg', 'same', hub, d, b), 10_000);
  await d.upload('d.pkg', 'of d', 'Prod');
  await b.upload('b.pkg', 'of b', 'Prod');
  const servers = [hub, d, b];
  await mesh.until(
    async () => (await isServed('d.pkg', 'of d', ...servers)) && (await isServed('b.pkg', 'of b', ...servers)),
    10_000,
  );
  await mesh.until(() => nothingWaits(...servers), 60_000);
  for (const filename of ['x.pkg', 'd.pkg', 'b.pkg']) {
    const texts = await Promise.all(servers.map(async (server) => textOf(await server.record(filename))));
    expect(new Set(texts).size).toBe(1);
  }
  expect((await hub.record('x.pkg'))?.changes.length).toBe(2);
  expect((await hub.record('x.pkg'))?.bodies.length).toBe(1);
});

test('the next act ends all equal changes of servers that held a package before they met', async () => {
  await using mesh = new Mesh();
  const servers = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((name) => mesh.server(name)));
  const [hub, ...spokes] = servers as [MeshServer, ...MeshServer[]];
  for (const server of servers) await server.upload('x.pkg', 'same', 'Prod');
  for (const spoke of spokes) await spoke.register(hub);
  const changesAt = (server: MeshServer) => server.record('x.pkg').then((record) => record?.changes.length);
  await mesh.until(async () => (await Promise.all(servers.map(changesAt))).every((count) => count === 5), 60_000);
  await spokes[0]?.upload('x.pkg', 'newer', 'Prod', { replace: true });
  await mesh.until(async () => (await Promise.all(servers.map(changesAt))).every((count) => count === 1), 60_000);
  await mesh.until(() => isServed('x.pkg', 'newer', ...servers), 60_000);
});

test('a server that was set up anew under its old URL, and registered with one peer, gets everything back', async () => {
  await using mesh = new Mesh();
  const [hub, d, b] = [await mesh.server('hub'), await mesh.server('d', 'Prod', 'http://10.0.1.1'), await mesh.server('b')];
  await d.register(hub);
  await b.register(hub);
  await d.upload('d.pkg', 'of d', 'Prod');
  await b.upload('b.pkg', 'of b', 'Prod');
  await mesh.until(async () => (await isServed('d.pkg', 'of d', hub, b)) && (await isServed('b.pkg', 'of b', hub, d)), 10_000);
  await d.stop();
  const again = await mesh.server('d', 'Prod', 'http://10.0.1.1');
  await again.register(hub);
  await mesh.until(async () => (await isServed('d.pkg', 'of d', again)) && (await isServed('b.pkg', 'of b', again)), 60_000);
  await again.upload('again.pkg', 'of d again', 'Prod');
  await mesh.until(() => isServed('again.pkg', 'of d again', hub, b), 60_000);
  await mesh.until(() => nothingWaits(hub, b, again), 60_000);
});

test('a change of a server that nobody introduced waits, is shown, and is taken in as if it had never waited', async () => {
  await using mesh = new Mesh();
  const [hub, far, b] = [await mesh.server('hub'), await mesh.server('far'), await mesh.server('b')];
  await far.register(hub);
  await far.upload('far.pkg', 'of far', 'Prod');
  await mesh.until(() => isServed('far.pkg', 'of far', hub), 10_000);
  b.refusesProfilesOf.add(far.iss);
  await b.register(hub);
  await mesh.until(async () => (await b.heldBack()) === 1, 60_000);
  const reason = { code: 'CATALOG_CHANGE_SIGNER_UNKNOWN', signedBy: far.iss, count: 1, isFinal: false };
  expect((await b.brain.heldBack()).get(hub.iss)).toMatchObject({ count: 1, reasons: [reason] });
  expect(await b.find('far.pkg')).toBeUndefined();
  await far.register(b);
  await mesh.until(() => isServed('far.pkg', 'of far', b), 60_000);
  await mesh.until(() => nothingWaits(b), 60_000);
  expect(textOf(await b.record('far.pkg'))).toBe(textOf(await far.record('far.pkg')));
});

test('a new version that is tried in Dev leaves what Prod serves alone, also on a server that joins, until it is promoted', async () => {
  await using mesh = new Mesh();
  const [lab, prod] = [await mesh.server('lab', 'Dev'), await mesh.server('prod')];
  await prod.register(lab);
  await lab.upload('x.pkg', 'old', 'Prod');
  await mesh.until(() => isServed('x.pkg', 'old', lab, prod), 10_000);
  await lab.upload('x.pkg', 'next', 'Dev', { replace: true });
  await mesh.time.pass(10_000);
  expect(await isServed('x.pkg', 'next', lab)).toBe(true);
  expect(await isServed('x.pkg', 'old', prod)).toBe(true);
  const joined = await mesh.server('joined');
  await joined.register(lab);
  await mesh.until(() => isServed('x.pkg', 'old', joined), 60_000);
  await lab.act('x.pkg', 'promote', { from: 'Dev', to: 'Prod' });
  await mesh.until(() => isServed('x.pkg', 'next', lab, prod, joined), 60_000);
});

test('what a server does not admit it fetches nothing of, and carries on to one that does', async () => {
  await using mesh = new Mesh();
  const [dev, prod, other] = [await mesh.server('dev', 'Dev'), await mesh.server('prod'), await mesh.server('other', 'Dev')];
  await dev.register(prod);
  await other.register(prod);
  await dev.upload('early.pkg', 'early', 'Dev');
  await mesh.until(async () => (await other.find('early.pkg'))?.status === 'Downloading', 10_000);
  expect((await prod.find('early.pkg'))?.status).toBe('Withheld');
  await mesh.time.pass(60_000);
  expect(prod.held.size).toBe(0);
  await dev.register(other);
  await mesh.until(() => isServed('early.pkg', 'early', other), 600_000);
});

test('a conflict of two servers that did not know of each other is the same on both, and either resolves it for all', async () => {
  await using mesh = new Mesh();
  const [a, b, c] = [await mesh.server('a'), await mesh.server('b'), await mesh.server('c')];
  await a.register(c);
  await b.register(c);
  await a.upload('x.pkg', 'first', 'Prod');
  await mesh.until(() => isServed('x.pkg', 'first', a, b, c), 10_000);
  a.cut(true);
  await a.upload('x.pkg', 'of a', 'Prod', { replace: true });
  await b.upload('x.pkg', 'of b', 'Prod', { replace: true });
  a.cut(false);
  const isConflicted = async (server: MeshServer) => (await server.find('x.pkg'))?.heads[0]?.contenders.length === 2;
  await mesh.until(async () => (await Promise.all([a, b, c].map(isConflicted))).every(Boolean), 600_000);
  await b.act('x.pkg', 'resolve', { to: 'Prod', sha256: sha256Of('of a') });
  await mesh.until(() => isServed('x.pkg', 'of a', a, b, c), 600_000);
  expect((await Promise.all([a, b, c].map(isConflicted))).some(Boolean)).toBe(false);
});

test('another name with the same SHA-256 and a false manifest is not fetched, and the honest package comes', async () => {
  await using mesh = new Mesh();
  const [a, liar, b] = [await mesh.server('a'), await mesh.server('liar'), await mesh.server('b')];
  mesh.falseManifests.add(contentOf('same', 'a lie').manifestDigest);
  await liar.upload('forged.pkg', 'same', 'Prod', { manifest: 'a lie' });
  await liar.register(b);
  await mesh.time.pass(60_000);
  expect(await b.served('forged.pkg')).toBeUndefined();
  await a.upload('honest.pkg', 'same', 'Prod');
  await a.register(b);
  await mesh.until(() => isServed('honest.pkg', 'same', b), 600_000);
});

const act = fc.constantFrom(
  'upload',
  'upload',
  'promote',
  'demote',
  'delete',
  'restore',
  'cut',
  'mend',
  'restart',
  'disk full',
  'bad bytes',
);
const step = fc.record({
  server: fc.nat(3),
  act,
  stage: fc.nat(2),
  file: fc.nat(1),
  pauseMs: fc.constantFrom(0, 50, 500, 5_000, 400_000),
});

test('whatever is done, cut and restarted at a hub and its spokes, all tell the same once the faults end', {
  timeout: 120_000,
}, async () => {
  const stages = ['Dev', 'Test', 'Prod'] as const;
  const files = ['x.pkg', 'y.pkg'] as const;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
      await using mesh = new Mesh();
      const hub = await mesh.server('hub', 'Dev');
      const spokes = [await mesh.server('a', 'Dev'), await mesh.server('b', 'Test'), await mesh.server('c', 'Prod')];
      const servers = [hub, ...spokes];
      for (const spoke of spokes) await spoke.register(hub);
      let words = 0;
      for (const { server: index, act: what, stage, file, pauseMs } of steps) {
        const [server, filename, to] = [servers[index] ?? hub, files[file] ?? 'x.pkg', stages[stage] ?? 'Prod'] as const;
        words += 1;
        if (what === 'cut' || what === 'mend') server.cut(what === 'cut');
        else if (what === 'restart') {
          await server.stop();
          await server.start();
        } else if (what === 'disk full') server.fetchFailures.push('STORAGE_DISK_FULL');
        else if (what === 'bad bytes') server.fetchFailures.push('STORAGE_CHUNK_CORRUPT');
        else if (what === 'upload') await server.upload(filename, `word ${words % 5}`, to, { replace: true });
        else await server.act(filename, what, { to }).catch(notAllowed);
        await mesh.time.pass(pauseMs);
      }
      for (const server of servers) server.cut(false);
      const agree = async (filename: string) => {
        const texts = await Promise.all(servers.map(async (server) => textOf(await server.record(filename))));
        return new Set(texts).size === 1;
      };
      await mesh.until(async () => (await agree('x.pkg')) && (await agree('y.pkg')) && (await nothingWaits(...servers)));
      const settled = async (server: MeshServer) =>
        (await server.catalog.find.wanted({ after: '', limit: 0 })).contents.length === 0;
      await mesh.until(async () => (await Promise.all(servers.map(settled))).every(Boolean), 1_800_000);
    }),
    { numRuns: 10 },
  );
});

/** What an admin may be told, as there is nothing to promote. */
function notAllowed(error: unknown): void {
  if (!isOdstError(error) || !error.code.startsWith('CATALOG_')) throw error;
}
