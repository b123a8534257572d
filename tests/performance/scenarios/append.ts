import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import pg from 'pg';
import { type EmmettStore, openEmmett } from '../peers/emmett.ts';
import { type Claim, median } from '../report.ts';
import { metadataOf, openEventsService, payload } from './events-service.ts';
import type { Scenario } from './scenario.ts';

/** How long each side writes in a turn: short, so that what disturbs the disk meets all sides alike. */
const turnMs = 150;
const turnsPerRun = 12;
/** Events of a stream, as of a package with its changes. */
const eventsPerStream = 10;
const type = 'PackageUploaded';

/** One writer of one side: stores its next event and resolves when that is durable. */
type Writer = () => Promise<unknown>;

/** Durable appends of single events at their expected version, by 1, 8 and 32 writers that wait for each; sides take turns. */
export async function benchAppend({ folder, runs }: Pick<Scenario, 'folder' | 'runs'>): Promise<Claim[]> {
  await using service = await openEventsService(join(folder, 'append'));
  await using stack = new AsyncDisposableStack();
  const emmett = await openEmmett(service.adminUrl, stack);
  const insert = await openInserts(service.adminUrl, stack);
  const claims: Claim[] = [];
  for (const writers of [1, 8, 32]) {
    const rates = { ours: [] as number[], insert: [] as number[], emmett: [] as number[] };
    for (let turn = 0; turn <= runs * turnsPerRun; turn += 1) {
      const ours = await rateOf(writers, () => ownWriter(service));
      const raw = writers === 1 ? await rateOf(1, () => insert) : Number.NaN;
      const theirs = emmett === undefined ? Number.NaN : await rateOf(writers, () => emmettWriter(emmett));
      if (turn === 0) continue;
      rates.ours.push(ours);
      rates.insert.push(raw);
      rates.emmett.push(theirs);
    }
    const ratio = (name: string, peer: 'insert' | 'emmett', limit: number): Claim => ({
      name: `${name}, ${writers} ${writers === 1 ? 'writer' : 'writers'}`,
      measured: median(rates.ours.map((rate, turn) => (rates[peer][turn] ?? Number.NaN) / rate)),
      limit,
      unit: '×',
      detail: `${median(rates.ours).toFixed(0)} against ${median(rates[peer]).toFixed(0)} a second`,
    });
    if (writers === 1) claims.push(ratio('plain inserts / appends', 'insert', 1.25));
    claims.push(ratio('appends of emmett / appends', 'emmett', 1));
  }
  return claims;
}

/** What the writers together store in a second. */
async function rateOf(writers: number, begin: () => Writer): Promise<number> {
  const startedAtMs = performance.now();
  let stored = 0;
  const write = async (writer: Writer): Promise<void> => {
    while (performance.now() - startedAtMs < turnMs) {
      await writer();
      stored += 1;
    }
  };
  await Promise.all(Array.from({ length: writers }, () => write(begin())));
  return (stored * 1_000) / (performance.now() - startedAtMs);
}

function ownWriter({ store }: Awaited<ReturnType<typeof openEventsService>>): Writer {
  return inStreams((stream, expectedVersion) =>
    store.append({
      stream,
      expectedVersion,
      events: [{ type, schemaVersion: 1, data: payload }],
      metadata: metadataOf(randomUUID()),
    }),
  );
}

function emmettWriter(store: EmmettStore): Writer {
  return inStreams((stream, version) =>
    store.appendToStream(stream, [{ type, data: payload, metadata: metadataOf(randomUUID()) }], {
      expectedStreamVersion: version === 0 ? 'STREAM_DOES_NOT_EXIST' : BigInt(version),
    }),
  );
}

function inStreams(append: (stream: string, version: number) => Promise<unknown>): Writer {
  let stream = '';
  let version = eventsPerStream;
  return async () => {
    if (version === eventsPerStream) {
      stream = `package-${randomUUID()}`;
      version = 0;
    }
    await append(stream, version);
    version += 1;
  };
}

/** Prepared inserts of the same row on one connection, with a primary key and nothing else to look at. */
async function openInserts(connectionString: string, stack: AsyncDisposableStack): Promise<Writer> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  stack.defer(() => client.end());
  await client.query(`CREATE TABLE plain_rows (position bigint PRIMARY KEY, id uuid, stream text, version integer, type text,
    schema_version integer, data json, metadata json, recorded_at timestamptz)`);
  let position = 0;
  return () => {
    position += 1;
    const id = randomUUID();
    const [data, metadata] = [JSON.stringify(payload), JSON.stringify(metadataOf(id))];
    return client.query({
      name: 'plain insert',
      text: 'INSERT INTO plain_rows VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)',
      values: [position, id, `package-${id}`, 1, type, 1, data, metadata, new Date().toISOString()],
    });
  };
}
