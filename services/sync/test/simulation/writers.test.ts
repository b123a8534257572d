import { changesOfRecord, type PackageChange, PackageRecord, recordOfChanges } from '@odst/contracts/catalog';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { changePurpose } from '../../../catalog/src/adapters/ed25519-signatures.ts';
import { canonicalBytes } from '../../../catalog/src/domain/change.ts';
import { Mesh, type MeshServer } from './mesh.ts';
import { contentOf } from './mesh-parts.ts';

const minuteStamps = 60_000n * 65_536n;
const filename = 'x.pkg';
const textOf = (record: PackageRecord | undefined) => record && JSON.stringify(PackageRecord.toJSON(record));
const changesAt = async (server: MeshServer): Promise<readonly PackageChange[]> => {
  const record = await server.record(filename);
  return record === undefined ? [] : changesOfRecord(record);
};
const serves = async (word: string, ...servers: readonly MeshServer[]) =>
  (await Promise.all(servers.map((server) => server.served(filename)))).every((sha256) => sha256 === contentOf(word).sha256);
const agree = async (...servers: readonly MeshServer[]) =>
  new Set(await Promise.all(servers.map(async (server) => textOf(await server.record(filename))))).size === 1;
const held = async (server: MeshServer, by: MeshServer) =>
  (await server.brain.heldBack()).get(by.iss)?.reasons.map(({ code }) => code);

/** A hub with three spokes, one of which says what is not so; all have a package of the victim. */
async function meshWith(mesh: Mesh) {
  const [hub, victim, third, liar] = [
    await mesh.server('hub'),
    await mesh.server('victim'),
    await mesh.server('third'),
    await mesh.server('liar'),
  ];
  for (const spoke of [victim, third, liar]) await spoke.register(hub);
  await liar.register(third);
  await victim.upload(filename, 'first', 'Prod');
  const all = [hub, victim, third, liar];
  await mesh.until(() => serves('first', ...all), 60_000);
  return { hub, victim, third, liar, all };
}

/** The liar's replacement, which claims to have seen a change of the victim that late. @param epoch default the one that the victim writes in */
async function forged(liar: MeshServer, aheadStamps: bigint, epoch?: string): Promise<PackageRecord> {
  const [honest] = await changesAt(liar);
  if (honest === undefined) throw new TypeError('no change');
  const claimed = honest.stamp + aheadStamps;
  const { signature: _signature, ...said } = honest;
  const change = {
    ...{ ...said, act: 'replace', iss: liar.iss, epoch: 'f'.repeat(16), stamp: claimed + 1n },
    sets: honest.sets.map((setting) => ({
      ...setting,
      content: setting.content && contentOf('forged'),
      seen: [{ writer: `${honest.iss}.${epoch ?? honest.epoch}`, stamp: claimed }],
    })),
  };
  liar.held.add(contentOf('forged').sha256);
  return recordOfChanges([{ ...change, signature: liar.registration.statements.sign(changePurpose, canonicalBytes(change)) }]);
}

test('who claims above what a server has written is held back everywhere, and that server’s next change is taken in everywhere', async () => {
  await using mesh = new Mesh();
  const { hub, victim, third, liar, all } = await meshWith(mesh);
  liar.lies.push(await forged(liar, 60n * minuteStamps));
  await liar.upload('bait.pkg', 'bait', 'Prod');
  for (const server of [hub, third]) {
    await mesh.until(async () => (await held(server, liar))?.[0] === 'CATALOG_CHANGE_UNWRITTEN', 60_000);
  }
  expect(await serves('first', hub, victim, third)).toBe(true);
  await victim.upload(filename, 'next', 'Prod', { replace: true });
  await mesh.until(() => serves('next', ...all), 60_000);
  expect(await agree(...all)).toBe(true);
  expect((await changesAt(third)).map(({ iss }) => iss)).toEqual([victim.iss]);
});

test('a start that a server has not told of yet cannot be claimed either', async () => {
  await using mesh = new Mesh();
  const { hub, third, liar } = await meshWith(mesh);
  liar.lies.push(await forged(liar, 60n * minuteStamps, 'd'.repeat(16)));
  await liar.upload('bait.pkg', 'bait', 'Prod');
  for (const server of [hub, third]) {
    await mesh.until(async () => (await held(server, liar))?.[0] === 'CATALOG_CHANGE_UNWRITTEN', 60_000);
  }
});

test('what is held back so is taken in everywhere, and alike, when that server has written so far', async () => {
  await using mesh = new Mesh();
  const { hub, victim, third, liar, all } = await meshWith(mesh);
  liar.lies.push(await forged(liar, 2n * minuteStamps));
  await liar.upload('bait.pkg', 'bait', 'Prod');
  await mesh.until(async () => (await hub.heldBack()) === 1 && (await third.heldBack()) === 1, 60_000);
  await mesh.time.pass(180_000);
  expect(await serves('first', hub, victim, third)).toBe(true);
  await victim.upload('other.pkg', 'other', 'Prod');
  await mesh.until(async () => (await agree(...all)) && (await serves('forged', hub, victim, third)), 3_600_000);
  await victim.upload(filename, 'next', 'Prod', { replace: true });
  await mesh.until(async () => (await agree(...all)) && (await serves('next', ...all)), 60_000);
});

test('a burst of changes that is read together needs few statements', async () => {
  await using mesh = new Mesh();
  const { victim, hub } = await meshWith(mesh);
  victim.cut(true);
  for (let count = 0; count < 30; count += 1) await victim.upload(`burst ${count}.pkg`, `burst ${count}`, 'Prod');
  victim.cut(false);
  await mesh.until(async () => (await hub.served('burst 29.pkg')) !== undefined, 600_000);
  expect(victim.signed.filter((purpose) => purpose === 'writer').length).toBeLessThanOrEqual(4);
});

const step = fc.record({
  server: fc.nat(3),
  act: fc.constantFrom('replace', 'replace', 'other', 'cut', 'mend', 'restart'),
  pauseMs: fc.constantFrom(0, 1, 50, 5_000, 60_000),
});

test('honest servers are never held back for what they have written, whatever is cut and restarted', {
  timeout: 120_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 14 }), async (steps) => {
      await using mesh = new Mesh();
      const { all } = await meshWith(mesh);
      let words = 0;
      for (const { server: index, act, pauseMs } of steps) {
        const server = all[index] as MeshServer;
        words += 1;
        if (act === 'cut' || act === 'mend') server.cut(act === 'cut');
        else if (act === 'restart') {
          await server.stop();
          await server.start();
        } else await server.upload(act === 'replace' ? filename : 'y.pkg', `word ${words}`, 'Prod', { replace: true });
        await mesh.time.pass(pauseMs);
        for (const one of all) expect(await one.heldBack()).toBe(0);
      }
      for (const server of all) server.cut(false);
      await mesh.until(() => agree(...all), 1_800_000);
      for (const one of all) expect(await one.heldBack()).toBe(0);
    }),
    { numRuns: 5 },
  );
});
