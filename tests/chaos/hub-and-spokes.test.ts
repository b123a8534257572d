import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '@odst/testing';
import { expect, test } from 'vitest';
import { type Mesh, openMesh, packageOf, type Stage } from '../support/mesh.ts';

const spokes = ['North', 'South', 'East', 'West'];
const servers = ['Hub', ...spokes];
const names = ['a.pkg', 'b.pkg', 'c.pkg'];
const stages: readonly Stage[] = ['Dev', 'Test', 'Prod'];

/** Faults of one run. */
const faults = 10;

/** The same numbers for the same seed: what failed once can be played again. */
function numbersOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** An upload or an act somewhere. What is refused by the rules, or by a server that is just away, is no fault. */
async function actSomewhere(
  mesh: Mesh,
  away: ReadonlySet<string>,
  next: (below: number) => number,
  count: number,
): Promise<void> {
  const here = servers.filter((name) => !away.has(name));
  const name = here[next(here.length)] ?? 'Hub';
  const filename = names[next(names.length)] ?? '';
  const stage = stages[next(3)] ?? 'Dev';
  const kind = next(4);
  if (kind <= 1) {
    await mesh.tryUpload(name, `content ${next(6)} of ${count % 3}`, stage, filename);
    return;
  }
  const found = await packageOf(mesh.of(name), filename).catch(() => undefined);
  if (found === undefined) return;
  const send = (path: string, method: string, body?: unknown) =>
    mesh.of(name).admin.send(path, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
  const url = `/api/v1/packages/${found.id}`;
  const answer = kind === 2 ? await send(`${url}/promote`, 'POST', { to: stage }) : await send(`${url}?stage=${stage}`, 'DELETE');
  expect([200, 204, 404, 409, 422], await answer.clone().text()).toContain(answer.status);
}

/** Each of the packages as each server sees it: heads, conflicts, and the bytes that it serves. */
async function viewOf(mesh: Mesh, name: string): Promise<string> {
  const views = await Promise.all(
    names.map(async (filename) => {
      const found = await packageOf(mesh.of(name), filename).catch(() => undefined);
      const heads = stages.map((stage) => found?.heads[stage] ?? null);
      const said = heads.map((head) => (head === null ? null : [head.sha256, head.conflict]));
      return [
        filename,
        said,
        heads.every((head) => head === null || head.status === 'Public'),
        await mesh.served(name, filename),
      ];
    }),
  );
  return JSON.stringify(views);
}

test('a hub and its spokes are whole again within a minute of the last of ten faults', { timeout: 1_200_000 }, async () => {
  const seed = Number(process.env['ODST_TEST_SEED'] ?? Date.now() % 1_000_000);
  process.stdout.write(`seed ${seed}\n`);
  const next = numbersOf(seed);
  await using mesh = await openMesh(Object.fromEntries(servers.map((name) => [name, 'Dev' as const])));
  for (const spoke of spokes) await mesh.register(spoke, 'Hub');
  for (let fault = 0; fault < faults; fault += 1) {
    const victim = servers[next(servers.length)] ?? 'Hub';
    const acts = Array.from({ length: 4 }, (_, index) => actSomewhere(mesh, new Set([victim]), next, fault * 4 + index));
    if (next(2) === 0) {
      await mesh.kill(victim);
      await Promise.all(acts);
      await mesh.start(victim);
    } else {
      const { pid } = mesh.of(victim).process;
      if (pid === undefined) throw new Error(`${victim} has no process`);
      process.kill(pid, 'SIGSTOP');
      await Promise.all(acts);
      await delay(next(3_000));
      process.kill(pid, 'SIGCONT');
    }
  }
  await eventually(async () => {
    const views = await Promise.all(servers.map((name) => viewOf(mesh, name)));
    return new Set(views).size === 1 && !views[0]?.includes('false,');
  }, 60_000);
  await eventually(async () => {
    const peers = (await Promise.all(servers.map((name) => mesh.of(name).admin.peerStates()))).flat();
    expect(peers.map((peer) => peer['heldBack'])).toEqual(peers.map(() => 0));
    return true;
  });
});
