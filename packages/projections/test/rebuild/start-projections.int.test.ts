import { createMetrics, createSilentLogger } from '@odst/telemetry';
import { eventually } from '@odst/testing';
import { describe, expect, test } from 'vitest';
import type { Projection, Projections } from '../../src/index.ts';
import { createShelves, type ShelvesBench, schema, shelves } from './shelves.ts';

const name = shelves.name;
const texts = (count: number): string[] => Array.from({ length: count }, (_, index) => `text ${index % 37}`);
const rebuildOf = async (projections: Projections) => (await projections.list())[0]?.rebuild;
const done = (projections: Projections) => eventually(async () => (await rebuildOf(projections))?.state === 'done', 120_000);

/** Everything about the tables that is not rows. */
async function structure({ owner }: ShelvesBench): Promise<unknown> {
  const tables = await owner.query(
    `SELECT c.relname, c.relkind, c.relowner, obj_description(c.oid), array(SELECT a::text FROM unnest(c.relacl) a ORDER BY 1) AS acl,
       CASE c.relkind WHEN 'i' THEN pg_get_indexdef(c.oid) END AS definition,
       array(SELECT pg_get_constraintdef(k.oid) || k.conname FROM pg_constraint k WHERE k.conrelid = c.oid ORDER BY 1) AS constraints,
       array(SELECT a.attname || ' ' || format_type(a.atttypid, a.atttypmod) || ' ' || a.attnotnull || coalesce(pg_get_expr(d.adbin, d.adrelid), '')
         FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
         WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum) AS columns
     FROM pg_class c WHERE c.relnamespace = '${schema}'::regnamespace AND c.relname ~ 'shelves|last_notes|one_text' ORDER BY c.relname`,
  );
  return tables.rows;
}

describe('a rebuild', () => {
  test('makes the same rows in the same tables, and leaves nothing beside them', async () => {
    const bench = await createShelves();
    const projections = await bench.start();
    await projections.runner(name).waitFor(await bench.append(...texts(1_700)), 120_000);
    const [rows, before] = [await bench.rows(), await structure(bench)];
    const tables = await bench.owner.query(`SELECT '${schema}.shelves'::regclass::oid AS oid`);
    await projections.rebuild(name);
    await done(projections);
    expect(await bench.rows()).toBe(rows);
    expect(await structure(bench)).toEqual(before);
    expect(await bench.leftovers()).toEqual([]);
    expect(await bench.owner.query(`SELECT '${schema}.shelves'::regclass::oid AS oid`)).not.toMatchObject({ rows: tables.rows });
  });

  test('needs no more rights than an owner of the database has that is no superuser', async () => {
    const bench = await createShelves('plain');
    const projections = await bench.start();
    await projections.runner(name).waitFor(await bench.append('a', 'b'));
    const [rows, before] = [await bench.rows(), await structure(bench)];
    await projections.rebuild(name);
    await done(projections);
    expect([await bench.rows(), await structure(bench), await bench.leftovers()]).toEqual([rows, before, []]);
  });

  test('mends live rows that are wrong, and the projection goes on from there', async () => {
    const bench = await createShelves();
    const projections = await bench.start();
    await projections.runner(name).waitFor(await bench.append('a', 'b', 'a'));
    const rows = await bench.rows();
    await bench.pool.query(`UPDATE shelves SET notes = 99; DELETE FROM last_notes`);
    await projections.rebuild(name);
    await done(projections);
    expect(await bench.rows()).toBe(rows);
    await projections.runner(name).waitFor(await bench.append('a'));
    expect(await bench.rows()).toContain('(a,3,8,');
    expect(await projections.list()).toMatchObject([{ name, version: 1, position: 4n, lag: 0n, state: 'live', failure: '' }]);
  });

  test('while events come and are read: the live tables are never empty, never behind, and equal in the end', async () => {
    const bench = await createShelves();
    const projections = await bench.start();
    await projections.runner(name).waitFor(await bench.append(...texts(1_000)), 120_000);
    let more = true;
    const counts: number[] = [];
    const write = async () => {
      while (more) await projections.runner(name).waitFor(await bench.append('text 1'));
    };
    const read = async () => {
      // One statement that is planned once and one that is planned each time.
      for (let named = true; more; named = !named) {
        const text = 'SELECT sum(notes)::int AS notes FROM shelves';
        const { rows } = await bench.pool.query<{ notes: number }>(named ? { name: 'notes', text } : text);
        counts.push(rows[0]?.notes ?? 0);
      }
    };
    const under = [write(), read()];
    for (let round = 1; round <= 2; round += 1) {
      await projections.rebuild(name);
      await done(projections);
    }
    more = false;
    await Promise.all(under);
    // They only ever grow: at no time were there no rows, or older ones.
    expect(counts).toEqual(counts.toSorted((a, b) => a - b));
    expect(Math.min(...counts)).toBeGreaterThanOrEqual(1_000);
    const position = await bench.store.lastPosition();
    await projections.runner(name).waitFor(position);
    const rows = await bench.rows();
    expect(await bench.pool.query('SELECT sum(notes)::int AS notes FROM shelves')).toMatchObject({
      rows: [{ notes: Number(position) }],
    });
    await projections.rebuild(name);
    await done(projections);
    expect(await bench.rows()).toBe(rows);
  });

  test('tells how far it is, and is refused a second time while it runs, in every process', async () => {
    const bench = await createShelves();
    await bench.append(...texts(1_200));
    const held = Promise.withResolvers<void>();
    const projections = await bench.start({
      faultPoint: async (point) => {
        if (point === 'projections.rebuild-filled') await held.promise;
      },
    });
    const another = await bench.start();
    await projections.runner(name).waitFor(1_200n, 120_000);
    await projections.rebuild(name);
    await eventually(async () => (await rebuildOf(another))?.position === 500n);
    for (const each of [projections, another]) {
      await expect(each.rebuild(name)).rejects.toMatchObject({ code: 'COMMON_PROJECTION_REBUILDING' });
      expect(await each.list()).toMatchObject([
        {
          name,
          state: 'rebuilding',
          position: 1_200n,
          lastPosition: 1_200n,
          lag: 0n,
          rebuild: { state: 'running', position: 500n, error: '' },
        },
      ]);
      const rebuild = await rebuildOf(each);
      expect(rebuild?.eventsPerSecond).toBeGreaterThan(0);
      expect(rebuild?.remainingSeconds).toBeCloseTo(700 / (rebuild?.eventsPerSecond ?? 0));
    }
    held.resolve();
    await done(another);
    expect(await rebuildOf(another)).toMatchObject({ position: 1_200n, remainingSeconds: undefined });
    await another.rebuild(name);
    await done(another);
  });

  test('of an unknown projection is refused', async () => {
    const bench = await createShelves();
    const projections = await bench.start();
    await expect(projections.rebuild('nothing')).rejects.toMatchObject({ code: 'COMMON_PROJECTION_UNKNOWN' });
  });

  test('switches over though the live tables are behind, as they stand still at an event that they cannot take', async () => {
    const bench = await createShelves();
    await bench.append('a', 'b');
    const projections = await bench.start();
    await projections.runner(name).waitFor(2n);
    await bench.pool.query('INSERT INTO last_notes (position, text) VALUES (3, $1)', ['in the way']);
    await bench.append('c');
    await eventually(async () => (await projections.list())[0]?.state === 'failing');
    expect((await projections.list())[0]?.failure).toMatch(/^event 3, try \d+: duplicate key/);
    await projections.rebuild(name);
    await done(projections);
    await projections.runner(name).waitFor(3n);
    await eventually(async () => (await projections.list())[0]?.state === 'live');
    expect(await bench.rows()).toMatch(/\(3,c\)$/);
  });

  test('waits for who reads the live tables in a long transaction, and keeps no other reader waiting for long', async () => {
    const bench = await createShelves();
    const projections = await bench.start();
    await projections.runner(name).waitFor(await bench.append('a', 'b'));
    const backup = await bench.pool.connect();
    await backup.query('BEGIN; SELECT FROM shelves');
    await projections.rebuild(name);
    await eventually(async () => {
      const { rows } = await bench.owner.query(`SELECT FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND NOT granted`);
      return rows.length > 0;
    });
    const startedAt = performance.now();
    await bench.pool.query('SELECT FROM shelves');
    expect(performance.now() - startedAt).toBeLessThan(30_000);
    await projections.runner(name).waitFor(await bench.append('c'));
    expect(await rebuildOf(projections)).toMatchObject({ state: 'running' });
    await backup.query('COMMIT');
    backup.release();
    await done(projections);
    expect(await bench.rows()).toContain('(c,1,');
  });

  test('does not replay to anybody else: who listens to the events hears nothing of it', async () => {
    const bench = await createShelves();
    const heard: unknown[] = [];
    const listener = await bench.owner.connect();
    listener.on('notification', ({ payload }) => heard.push(payload));
    await listener.query(`LISTEN odst_events_${schema}`);
    const projections = await bench.start();
    await projections.runner(name).waitFor(await bench.append(...texts(50)));
    await eventually(() => heard.length === 1);
    await projections.rebuild(name);
    await done(projections);
    // Whatever was sent before is here when this answers.
    await listener.query('SELECT 1');
    expect(heard).toHaveLength(1);
    expect(await bench.store.lastPosition()).toBe(50n);
    listener.release(true);
  });
});

describe('a rebuild that does not end', () => {
  const failing = (at: bigint): Projection => {
    let live = true;
    return {
      ...shelves,
      async apply(transaction, event) {
        const { rows } = await transaction.query<{ schema: string }>('SELECT current_schema() AS schema');
        live = rows[0]?.schema === schema;
        if (!live && event.position === at) throw new Error('cannot take it');
        await shelves.apply(transaction, event);
      },
    };
  };

  test('as an event fails: the live tables stay, nothing is left, the reason is told, and it can be asked for again', async () => {
    const bench = await createShelves();
    const projections = await bench.start({ projections: [failing(600n)] });
    await projections.runner(name).waitFor(await bench.append(...texts(700)), 120_000);
    const rows = await bench.rows();
    for (let round = 1; round <= 2; round += 1) {
      await projections.rebuild(name);
      await eventually(async () => (await rebuildOf(projections))?.state === 'failed');
      expect(await projections.list()).toMatchObject([{ state: 'live', rebuild: { position: 500n, error: 'cannot take it' } }]);
      expect(await bench.rows()).toBe(rows);
      expect(await bench.leftovers()).toEqual([]);
    }
    await projections.runner(name).waitFor(await bench.append('after it'));
  });

  test('as the service stops: the live tables stay, nothing is left, and the next start can rebuild', async () => {
    const bench = await createShelves();
    const filled = Promise.withResolvers<void>();
    const projections = await bench.start({
      faultPoint: async (point) => void (point === 'projections.rebuild-filled' && filled.resolve()),
    });
    await projections.runner(name).waitFor(await bench.append(...texts(2_000)), 120_000);
    const rows = await bench.rows();
    await projections.rebuild(name);
    await filled.promise;
    await projections[Symbol.asyncDispose]();
    expect([await bench.leftovers(), await bench.state(), await bench.rows()]).toEqual([[], 'interrupted', rows]);
    const next = await bench.start();
    await next.rebuild(name);
    await done(next);
    expect(await bench.rows()).toBe(rows);
  });

  test('as a table was changed meanwhile: it is told, and the changed table stays', async () => {
    const bench = await createShelves();
    const projections = await bench.start({
      faultPoint: async (point) => {
        if (point === 'projections.rebuild-begun') await bench.owner.query(`ALTER TABLE ${schema}.shelves ADD COLUMN more text`);
      },
    });
    await projections.runner(name).waitFor(await bench.append('a'));
    await projections.rebuild(name);
    await eventually(async () => (await rebuildOf(projections))?.state === 'failed');
    expect((await rebuildOf(projections))?.error).toBe('the table shelves was changed while it was rebuilt: rebuild it again');
    expect(await bench.rows()).toContain('(a,1,1,');
    expect(await bench.leftovers()).toEqual([]);
  });

  test.each([
    ['a sequence', 'ALTER TABLE last_notes ADD COLUMN id bigint GENERATED ALWAYS AS IDENTITY', 'has a sequence'],
    [
      'a default from a sequence',
      `CREATE SEQUENCE n; ALTER TABLE last_notes ADD COLUMN id bigint DEFAULT nextval('n')`,
      'has a sequence',
    ],
    ['a foreign key', 'ALTER TABLE last_notes ADD FOREIGN KEY (text) REFERENCES shelves', 'has a foreign key'],
    ['a view', 'CREATE VIEW seen AS SELECT * FROM shelves', 'is read by a view'],
  ])('is refused over %s, and changes nothing', async (_what, change, reason) => {
    const bench = await createShelves();
    await bench.owner.query(`SET search_path TO ${schema}; ${change}; RESET search_path`);
    const projections = await bench.start();
    await expect(projections.rebuild(name)).rejects.toMatchObject({
      code: 'COMMON_PROJECTION_HELD',
      message: expect.stringContaining(reason),
    });
    expect(await bench.leftovers()).toEqual([]);
    expect(await rebuildOf(projections)).toBeUndefined();
  });

  test('as its tables are not those that migrations mark is a defect, and changes nothing', async () => {
    const bench = await createShelves();
    await bench.owner.query(`COMMENT ON TABLE ${schema}.shelves IS NULL`);
    const projections = await bench.start();
    const refusal: unknown = await projections.rebuild(name).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ code: 'COMMON_INTERNAL', cause: { message: expect.stringContaining('mark (last_notes)') } });
    expect(await bench.leftovers()).toEqual([]);
  });
});

describe('the role of a service', () => {
  test('replaces no table that is not marked, in its schema or another, and cannot mark one', async () => {
    const bench = await createShelves();
    await bench.append('a');
    const refused = (text: string) => expect(bench.pool.query(text), text).rejects.toMatchObject({ code: '42501' });
    await refused(`COMMENT ON TABLE events IS 'projection: events'`);
    await refused('DROP TABLE shelves');
    await bench.pool.query(`SELECT begin_projection_rebuild('events')`);
    await refused('CREATE TABLE library_rebuild_events.events ()');
    await bench.pool.query(`SELECT switch_projection_rebuild('events')`);
    expect(await bench.store.lastPosition()).toBe(1n);
    expect(await bench.leftovers()).toEqual([]);
  });
});

test('the lag of a projection is in the metrics, also while it cannot go on', async () => {
  const metrics = createMetrics({ logger: createSilentLogger() });
  const bench = await createShelves();
  const failing: Projection = {
    ...shelves,
    async apply() {
      throw new Error('it cannot take it');
    },
  };
  await bench.start({ projections: [failing], metrics });
  await bench.append('a', 'b');
  expect(await metrics.page()).toContain(`\nodst_projection_lag_events{projection="${name}"} 2\n`);
});
