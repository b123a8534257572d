import { eventually } from '@odst/testing';
import { describe, expect, test } from 'vitest';
import { meetMs, meets, openMesh } from '../support/mesh.ts';
import { becomesPublic } from '../support/two-servers.ts';

// Each has servers of its own and waits for them most of the time: two at once, as another one stands between the pairs.
describe('heads in a mesh of real servers', { timeout: 1_200_000 }, () => {
  test.concurrent('a version that is tried in Dev leaves Prod alone, also where a server joins meanwhile, until it is promoted', async () => {
    await using mesh = await openMesh({ Lab: 'Dev', Berlin: 'Prod', Cork: 'Prod' });
    await mesh.register('Berlin', 'Lab');
    const old = await mesh.upload('Lab', 'old', 'Prod');
    await becomesPublic(mesh.of('Berlin'), 'x.pkg', old);
    const next = await mesh.upload('Lab', 'next', 'Dev', true);
    await meets(mesh, 'Berlin', [next, null, old]);
    await mesh.register('Cork', 'Lab');
    await becomesPublic(mesh.of('Cork'), 'x.pkg', old);
    expect([await mesh.served('Lab'), await mesh.served('Berlin'), await mesh.served('Cork')]).toEqual([next, old, old]);
    await mesh.act('Lab', 'promote', { to: 'Prod' });
    for (const name of ['Berlin', 'Cork']) await becomesPublic(mesh.of(name), 'x.pkg', next);
    expect([await mesh.served('Berlin'), await mesh.served('Cork')]).toEqual([next, next]);
    for (const name of ['Lab', 'Berlin', 'Cork']) await meets(mesh, name, [null, null, next]);
  });

  test.concurrent('a promotion and a replacement in another stage, apart from each other, both stand without a conflict', async () => {
    await using mesh = await openMesh({ A: 'Dev', B: 'Dev' });
    await mesh.register('B', 'A');
    const first = await mesh.upload('A', 'first', 'Dev');
    await becomesPublic(mesh.of('B'), 'x.pkg', first);
    await mesh.stop('B');
    await mesh.act('A', 'promote', { to: 'Prod' });
    await mesh.stop('A');
    await mesh.start('B');
    const second = await mesh.upload('B', 'second', 'Dev', true);
    await mesh.start('A');
    for (const name of ['A', 'B']) await meets(mesh, name, [second, null, first]);
    for (const name of ['A', 'B']) expect(await mesh.conflicts(name)).toEqual([]);
    for (const name of ['A', 'B']) await becomesPublic(mesh.of(name), 'x.pkg', second);
  });

  test('spokes of a hub that uploaded the same file, and then each another one, hold all of them, and nothing waits', async () => {
    await using mesh = await openMesh({ Hub: 'Prod', D: 'Prod', B: 'Prod' });
    const same = await mesh.upload('D', 'same', 'Prod');
    expect(await mesh.upload('B', 'same', 'Prod')).toBe(same);
    for (const name of ['D', 'B']) await mesh.register(name, 'Hub');
    await becomesPublic(mesh.of('Hub'), 'x.pkg', same);
    const ofD = await mesh.upload('D', 'of D', 'Prod', true);
    for (const name of ['Hub', 'B']) await becomesPublic(mesh.of(name), 'x.pkg', ofD);
    const ofB = await mesh.upload('B', 'of B', 'Prod', true);
    for (const name of ['Hub', 'D']) await becomesPublic(mesh.of(name), 'x.pkg', ofB);
    for (const name of ['Hub', 'D', 'B']) {
      expect(await mesh.conflicts(name)).toEqual([]);
      await eventually(async () => {
        const peers = await mesh.of(name).admin.peerStates();
        expect(peers.map((peer) => [peer['heldBack'], peer['queuedTransfers']])).toEqual(peers.map(() => [0, 0]));
        return true;
      }, meetMs);
    }
  });

  test.concurrent.each([
    ['the deletion is heard of first', 'A', 'B'],
    ['the promotion is heard of first', 'B', 'A'],
  ])(
    'a deletion and a promotion, apart from each other, are a conflict that one side resolves for all: %s',
    async (_what, last, first) => {
      await using mesh = await openMesh({ A: 'Dev', B: 'Dev', C: 'Dev' });
      for (const name of ['A', 'B']) await mesh.register(name, 'C');
      const content = await mesh.upload('A', 'content', 'Dev');
      for (const name of ['B', 'C']) await becomesPublic(mesh.of(name), 'x.pkg', content);
      const act = { A: () => mesh.remove('A'), B: () => mesh.act('B', 'promote', { to: 'Prod' }) } as const;
      await mesh.stop('C');
      await act.A();
      await act.B();
      // C hears of one of them, and of the other when that one is away.
      await mesh.stop(last);
      await mesh.start('C');
      await meets(mesh, 'C', first === 'A' ? [null, null, null] : [null, null, content]);
      await mesh.stop(first);
      await mesh.start(last);
      await eventually(async () => (await mesh.conflicts('C')).length === 1, meetMs);
      await mesh.start(first);
      for (const name of ['A', 'B', 'C']) {
        await meets(mesh, name, [null, null, content]);
        await eventually(async () => (await mesh.conflicts(name)).length === 1, meetMs);
      }
      const [conflict] = await mesh.conflicts('B');
      const resolved = await mesh.of('B').admin.send(`/api/v1/conflicts/${conflict?.id}/resolve`, {
        method: 'POST',
        body: JSON.stringify({ keep: null }),
        headers: { 'content-type': 'application/json' },
      });
      expect(resolved.status).toBe(200);
      for (const name of ['A', 'B', 'C']) {
        await eventually(async () => (await mesh.conflicts(name)).length === 0, meetMs);
        await meets(mesh, name, [null, null, null]);
        expect(await mesh.served(name)).toBe(404);
      }
      // Nothing is lost: it lies in the trash of each.
      await mesh.act('C', 'restore', { stage: 'Prod' });
      for (const name of ['A', 'B', 'C']) await becomesPublic(mesh.of(name), 'x.pkg', content);
    },
  );
});
