import { admits, isOdstError, type Stage, stages } from '@odst/kernel';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { changesOf } from '../../src/domain/record-merge.ts';
import { isUnsealed } from '../../src/domain/sealing.ts';
import { contentOf, issOf } from '../support/records.ts';
import { createTestServer, metadataOf } from '../support/test-server.ts';

const names = ['A.pkg', 'B.pkg'];
const serverStages: readonly Stage[] = ['Prod', 'Test', 'Dev', 'Prod'];

/** Something that happens on a server. `other` is the server that is told, for `tell`. */
const step = fc.record({
  kind: fc.constantFrom('upload', 'early upload', 'seal', 'stage', 'tell', 'tell', 'fetch', 'wait'),
  server: fc.nat(3),
  other: fc.nat(3),
  name: fc.nat(1),
  content: fc.integer({ min: 1, max: 3 }),
  stage: fc.nat(2),
});

type Step = Parameters<Parameters<typeof step.map>[0]>[0];
type Server = ReturnType<typeof createTestServer>;

async function all(server: Server) {
  const lists = await Promise.all(['', 'Withheld'].map((status) => server.find.list({ stage: '', status })));
  return lists.flatMap(({ packages }) => packages);
}

async function tell(from: Server, to: Server): Promise<void> {
  for (const found of await all(from)) {
    if (found.record === undefined) continue;
    // As sync does: changes that lack their manifest stay at home, the others do not wait for them.
    const [first, ...concurrent] = changesOf(found.record).filter((change) => !isUnsealed(change));
    if (first !== undefined) await to.offer({ ...found, record: { ...first, concurrent } }, from.iss);
  }
}

/** Storage has made the manifests of all that it holds. */
async function sealAll(server: Server): Promise<void> {
  for (const content of ['1', '2', '3']) await server.seal.content(contentOf(content), metadataOf('service:catalog'));
}

async function fetchAll(server: Server): Promise<void> {
  for (const { sha256 } of (await server.find.wanted()).contents) server.held.add(sha256);
  await server.sweep.all(metadataOf('service:catalog'));
}

async function take(
  servers: readonly Server[],
  number: number,
  { kind, server, other, name, content, stage }: Step,
): Promise<void> {
  const [here, there] = [servers[server], servers[other]];
  const filename = names[name] ?? '';
  if (here === undefined || there === undefined) return;
  if (kind === 'upload' || kind === 'early upload') {
    const manifest = kind === 'upload' ? {} : { manifestDigest: '' };
    await here.upload(number, String(content), stages[stage] ?? 'Dev', { filename, replace: true, ...manifest });
  }
  if (kind === 'seal') await sealAll(here);
  if (kind === 'tell') await tell(here, there);
  if (kind === 'fetch') await fetchAll(here);
  if (kind === 'wait') here.clock.advance(1_000);
  if (kind === 'stage') {
    const [found] = await all(here);
    if (found !== undefined)
      await here.changeStage({ id: found.id, stage: stages[stage] ?? 'Dev', sha256: '', expectedVersion: 0n }, metadataOf());
  }
}

describe('servers that tell each other what they know', () => {
  test('come to the same records, serve only bytes that they hold, and have what they admit', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 30 }), async (steps) => {
        const servers = serverStages.map((stage, index) => createTestServer(issOf('abcd'[index] ?? ''), { stage }));
        for (const [number, next] of steps.entries()) await take(servers, number, next);
        for (const server of servers) await sealAll(server);
        for (const from of [...servers, ...servers]) for (const to of servers) if (from !== to) await tell(from, to);
        for (const server of servers) await fetchAll(server);

        const [first, ...others] = await Promise.all(
          servers.map(async (server) => new Map((await all(server)).map((found) => [found.record?.filename, found.record]))),
        );
        for (const other of others) expect(other).toEqual(first);
        for (const server of servers) await checkServer(server);
      }),
      { numRuns: 150 },
    );
  }, 30_000);

  test('never give two contents of a name the same date, and in the end all give the same one', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 30 }), async (steps) => {
        // All of them are of the same second, but for a wait now and then.
        const servers = serverStages.map((_, index) => createTestServer(issOf('abcd'[index] ?? ''), { stage: 'Dev' }));
        const given = new Map<string, string>();
        const look = async (server: Server) => {
          for (const name of names) {
            const date = await dateOf(server, name);
            if (date === undefined) continue;
            const key = `${server.iss} ${name} ${date.second}`;
            expect(given.get(key) ?? date.sha256).toBe(date.sha256);
            given.set(key, date.sha256);
          }
        };
        for (const [number, next] of steps.entries()) {
          await take(servers, number, next);
          for (const index of new Set([next.server, next.other])) await look(servers[index] as Server);
        }
        for (const server of servers) await sealAll(server);
        for (const from of [...servers, ...servers]) for (const to of servers) if (from !== to) await tell(from, to);
        for (const server of servers) await fetchAll(server);
        for (const server of servers) await look(server);
        for (const name of names) {
          const dates = await Promise.all(servers.map((server) => dateOf(server, name)));
          for (const date of dates) expect(date).toEqual(dates[0]);
        }
      }),
      { numRuns: 100 },
    );
  }, 30_000);
});

/** What a server tells of the date of a name, where it tells one. */
async function dateOf(server: Server, filename: string) {
  const content = await server.find.content(filename).catch((error: unknown) => {
    if (!isOdstError(error, 'CATALOG_PACKAGE_UNKNOWN')) throw error;
    return undefined;
  });
  if (content?.modifiedAt === undefined || content.modifiedAtIsShared) return undefined;
  return { second: Math.floor(content.modifiedAt.getTime() / 1_000), sha256: content.sha256 };
}

async function checkServer(server: Server): Promise<void> {
  for (const { record, status } of await all(server)) {
    if (record === undefined) throw new TypeError('a package without a record');
    if (admits(server.settings.stage, record.stage as Stage)) expect(status).toBe('Public');
    expect(changesOf(record).some(isUnsealed)).toBe(false);
    for (const change of changesOf(record)) expect(await server.find.names(change.sha256)).toEqual({ named: true });
    const served = await server.find.content(record.filename).catch(() => undefined);
    if (served !== undefined) expect(server.held.has(served.sha256)).toBe(true);
    if (status === 'Public') expect(served).toMatchObject({ sha256: record.sha256, sizeBytes: record.sizeBytes });
  }
}
