import { changesOfRecord } from '@odst/contracts/catalog';
import { admits, isOdstError, type Stage, stages } from '@odst/kernel';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { standingContents } from '../../src/domain/head.ts';
import { packageUuid } from '../../src/domain/package-identity.ts';
import { isUnsealed } from '../../src/domain/sealing.ts';
import { contentOf, issOf } from '../support/records.ts';
import { createTestServer, listOf, metadataOf } from '../support/test-server.ts';

const names = ['A.pkg', 'B.pkg'];
const serverStages: readonly Stage[] = ['Prod', 'Test', 'Dev', 'Prod'];
const digits = ['1', '2', '3'];

/** Something that happens on a server. `other` is the server that is told, for `tell`. */
const step = fc.record({
  kind: fc.constantFrom(
    'upload',
    'upload',
    'early upload',
    'seal',
    'promote',
    'demote',
    'delete',
    'delete all',
    'restore',
    'rollback',
    'resolve',
    'move',
    'tell',
    'tell',
    'tell',
    'fetch',
    'wait',
  ),
  server: fc.nat(3),
  other: fc.nat(3),
  name: fc.nat(1),
  content: fc.integer({ min: 1, max: 3 }),
  stage: fc.nat(2),
});

type Step = Parameters<Parameters<typeof step.map>[0]>[0];
type Server = ReturnType<typeof createTestServer>;

async function all(server: Server) {
  const statuses = ['Public', 'Downloading', 'Withheld', 'Deleted'];
  const lists = await Promise.all(statuses.map((status) => server.find.list(listOf({ status }))));
  return lists.flatMap(({ packages }) => packages);
}

async function tell(from: Server, to: Server): Promise<void> {
  for await (const record of from.find.records(names.map(packageUuid))) {
    expect((await to.offer(record, from.iss)).held).toEqual([]);
  }
}

/** Storage has made the manifests of all that it holds. */
async function sealAll(server: Server): Promise<void> {
  for (const content of digits) await server.seal.content(contentOf(content), metadataOf('service:catalog'));
}

async function fetchAll(server: Server): Promise<void> {
  for (const { sha256 } of (await server.find.wanted({ after: '', limit: 0 })).contents) server.held.add(sha256);
  await server.sweepAll();
}

const refusals = [
  'CATALOG_PACKAGE_UNKNOWN',
  'CATALOG_HEAD_EMPTY',
  'CATALOG_HEAD_CONFLICTED',
  'CATALOG_HEAD_TAKEN',
  'CATALOG_SOURCE_AMBIGUOUS',
  'CATALOG_STAGE_ORDER',
  'CATALOG_REVISION_UNKNOWN',
  'CATALOG_CONFLICT_UNKNOWN',
  'CATALOG_CONTENT_CHANGED',
  // A restoration of all without a deletion, of what has nothing listed.
  'COMMON_REQUEST_INVALID',
] as const;

/** What an admin asks, whether or not it can be done. */
async function act(server: Server, filename: string, { kind, content, stage }: Step): Promise<void> {
  const found = (await all(server)).find((one) => one.filename === filename);
  if (found === undefined) return;
  const to = kind === 'delete all' ? '' : (stages[stage] ?? 'Dev');
  const sha256 = kind === 'resolve' ? contentOf(String(content)).sha256 : '';
  try {
    await server.act({ id: found.id, act: kind === 'delete all' ? 'delete' : kind, to, sha256 });
  } catch (error) {
    if (!refusals.some((code) => isOdstError(error, code))) throw error;
  }
}

async function take(servers: readonly Server[], number: number, next: Step): Promise<void> {
  const { kind, server, other, name, content, stage } = next;
  const [here, there] = [servers[server], servers[other]];
  const filename = names[name] ?? '';
  if (here === undefined || there === undefined) return;
  switch (kind) {
    case 'upload':
    case 'early upload': {
      const manifest = kind === 'upload' ? {} : { manifestDigest: '' };
      await here.upload(number, String(content), stages[stage] ?? 'Dev', { filename, replace: true, ...manifest });
      return;
    }
    case 'seal':
      return sealAll(here);
    case 'tell':
      return tell(here, there);
    case 'fetch':
      return fetchAll(here);
    case 'wait':
      here.clock.advance(1_000);
      return;
    default:
      return act(here, filename, next);
  }
}

/** All tell all, until nothing is new any more, and fetch what they want. */
async function settle(servers: readonly Server[]): Promise<void> {
  for (const server of servers) await sealAll(server);
  for (const from of [...servers, ...servers]) for (const to of servers) if (from !== to) await tell(from, to);
  for (const server of servers) await fetchAll(server);
}

describe('servers that tell each other what they know', () => {
  test('come to the same records, serve only bytes that they hold, and have what they admit', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
        const servers = serverStages.map((stage, index) => createTestServer(issOf('abcd'[index] ?? ''), { stage }));
        for (const [number, next] of steps.entries()) await take(servers, number, next);
        await settle(servers);
        const [first, ...others] = await Promise.all(
          servers.map((server) => Array.fromAsync(server.find.records(names.map(packageUuid)))),
        );
        for (const other of others) expect(other).toEqual(first);
        expect(first?.flatMap(changesOfRecord).some(isUnsealed)).toBe(false);
        for (const server of servers) await checkServer(server);
      }),
      { numRuns: 150 },
    );
  }, 300_000);

  test('never give two contents of a name the same date; those that give one in the end all give the same', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
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
        await settle(servers);
        for (const server of servers) await look(server);
        for (const name of names) {
          const dates = (await Promise.all(servers.map((server) => dateOf(server, name)))).filter((date) => date !== undefined);
          for (const date of dates) expect(date).toEqual(dates[0]);
        }
      }),
      { numRuns: 100 },
    );
  }, 300_000);
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
  for (const found of await all(server)) {
    const state = await server.state(found.filename);
    const admitted = state.heads.filter(({ stage, content }) => content !== undefined && admits(server.settings.stage, stage));
    for (const { content } of admitted) expect(state.here).toContain(content?.sha256);
    for (const { sha256 } of state.heads.flatMap(standingContents)) {
      expect(await server.find.names(sha256)).toEqual({ named: true });
      expect(state.trash.map(({ content }) => content.sha256)).not.toContain(sha256);
    }
    for (const { content } of state.trash) expect(await server.find.names(content.sha256)).toEqual({ named: true });
    expect(state.wanted).toEqual([]);
    const served = await server.serves(found.filename);
    if (served !== undefined) expect(server.held.has(served)).toBe(true);
    if (admitted[0] !== undefined) expect(found.serves).toBe(admitted[0].stage);
    if (found.serves !== '') expect(await server.find.content(found.filename)).toMatchObject({ sha256: found.content?.sha256 });
    if (found.status === 'Deleted') expect(served).toBeUndefined();
  }
}
