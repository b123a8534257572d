import { eventually } from '@odst/testing';
import { expect, test } from 'vitest';
import type { Projection } from '../../src/index.ts';
import { createShelves, schema, shelves } from './shelves.ts';

const name = shelves.name;

/** The same tables by other rules: texts in upper case. */
const second: Projection = {
  ...shelves,
  version: 2,
  apply: (transaction, event) =>
    shelves.apply(transaction, { ...event, data: { text: String(event.data['text']).toUpperCase() } }),
};

/** Holds a rebuild before it switches over, until told. */
function holding() {
  const reached = Promise.withResolvers<void>();
  const go = Promise.withResolvers<void>();
  const faultPoint = async (point: string): Promise<void> => {
    if (point !== 'projections.rebuild-filled') return;
    reached.resolve();
    await go.promise;
  };
  return { faultPoint, reached: reached.promise, go: go.resolve };
}

test('a new version is built beside the one before, whose rows are read whole until it takes over', async () => {
  const bench = await createShelves();
  const first = await bench.start();
  await first.runner(name).waitFor(await bench.append('a', 'b'));
  const hold = holding();
  const newer = await bench.start({ projections: [second], faultPoint: hold.faultPoint });
  await hold.reached;
  expect(await bench.rows()).toMatch(/^\(a,1,1,.*\n\(b,1,2,/);
  expect(await newer.list()).toMatchObject([{ version: 2, state: 'rebuilding', position: 0n, lag: 2n }]);
  await expect(newer.runner(name).waitFor(2n, 100)).rejects.toMatchObject({ code: 'COMMON_DEADLINE_EXCEEDED' });
  await expect(newer.rebuild(name)).rejects.toMatchObject({ code: 'COMMON_PROJECTION_REBUILDING' });
  // The process of the version before goes on until then.
  await first.runner(name).waitFor(await bench.append('a'));
  hold.go();
  await newer.runner(name).waitFor(3n, 60_000);
  expect(await bench.rows()).toMatch(/^\(A,2,4,.*\n\(B,1,2,/);
  expect(await newer.list()).toMatchObject([{ state: 'live', position: 3n, lag: 0n }]);
  // And writes nothing into the new tables.
  const position = await bench.append('c');
  await newer.runner(name).waitFor(position);
  await expect(first.runner(name).waitFor(position, 600)).rejects.toMatchObject({ code: 'COMMON_DEADLINE_EXCEEDED' });
  expect(await bench.rows()).not.toContain('c');
  await expect(first.rebuild(name)).rejects.toMatchObject({ code: 'COMMON_PROJECTION_REBUILDING' });
  expect(await first.list()).toMatchObject([{ version: 1, state: 'outdated' }]);
});

test('a new version that was stopped on the way is built at the next start', async () => {
  const bench = await createShelves();
  const first = await bench.start();
  await first.runner(name).waitFor(await bench.append('a', 'b'));
  await first[Symbol.asyncDispose]();
  const hold = holding();
  const stopped = await bench.start({ projections: [second], faultPoint: hold.faultPoint });
  await hold.reached;
  const stopping = stopped[Symbol.asyncDispose]();
  hold.go();
  await stopping;
  expect(await bench.rows()).toContain('(a,1,1,');
  expect(await bench.leftovers()).toEqual([]);
  const again = await bench.start({ projections: [second] });
  await again.runner(name).waitFor(2n, 60_000);
  expect(await bench.rows()).toContain('(A,1,1,');
});

test('a version that cannot be built yet keeps nobody from starting, says why, and is built when it can be', async () => {
  const bench = await createShelves();
  const first = await bench.start();
  await first.runner(name).waitFor(await bench.append('a'));
  await first[Symbol.asyncDispose]();
  await bench.owner.query(`CREATE VIEW report AS SELECT * FROM ${schema}.shelves`);
  const newer = await bench.start({ projections: [second], sweepEveryMs: 50 });
  await eventually(async () => (await newer.list())[0]?.state === 'outdated');
  expect(await bench.rows()).toContain('(a,1,1,');
  await bench.owner.query('DROP VIEW report');
  await newer.runner(name).waitFor(1n, 60_000);
  expect(await bench.rows()).toContain('(A,1,1,');
});

test('a version whose rebuild fails says why, and is built when the event can be taken', async () => {
  const bench = await createShelves();
  const first = await bench.start();
  await first.runner(name).waitFor(await bench.append('a', 'b'));
  await first[Symbol.asyncDispose]();
  let broken = true;
  const failing: Projection = {
    ...second,
    async apply(transaction, event) {
      if (broken && event.position === 2n) throw new Error('cannot take it');
      await second.apply(transaction, event);
    },
  };
  const newer = await bench.start({ projections: [failing], sweepEveryMs: 50 });
  await eventually(async () => {
    const [status] = await newer.list();
    return status?.state === 'outdated' && status.failure === 'cannot take it';
  });
  expect(await bench.rows()).toContain('(a,1,1,');
  broken = false;
  await newer.runner(name).waitFor(2n, 60_000);
  expect(await bench.rows()).toContain('(B,1,2,');
});

test('the version before is built when it is started again after a newer one', async () => {
  const bench = await createShelves();
  const newer = await bench.start({ projections: [second] });
  await newer.runner(name).waitFor(await bench.append('a'));
  await newer[Symbol.asyncDispose]();
  const first = await bench.start();
  await first.runner(name).waitFor(1n, 60_000);
  expect(await bench.rows()).toContain('(a,1,1,');
});

test('one rebuild at a time: a new version waits for that of the version before, and comes out on top', async () => {
  const bench = await createShelves();
  const hold = holding();
  const first = await bench.start({ faultPoint: hold.faultPoint });
  await first.runner(name).waitFor(await bench.append('a'));
  await first.rebuild(name);
  await hold.reached;
  const newer = await bench.start({ projections: [second], sweepEveryMs: 50 });
  expect(await bench.rows()).toContain('(a,1,1,');
  hold.go();
  await newer.runner(name).waitFor(1n, 60_000);
  expect(await bench.rows()).toContain('(A,1,1,');
  expect(await bench.leftovers()).toEqual([]);
});
