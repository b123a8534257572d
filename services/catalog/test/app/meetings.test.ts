import type { ChangePackageRequest } from '@odst/contracts/catalog';
import { describe, expect, test } from 'vitest';
import { packageStream } from '../../src/domain/package-identity.ts';
import { contentOf, issOf, nomadUuid, shaOf } from '../support/records.ts';
import { createTestServer, metadataOf } from '../support/test-server.ts';

type Server = ReturnType<typeof createTestServer>;
type Act = Partial<ChangePackageRequest> & Pick<ChangePackageRequest, 'act'>;

const tell = async (from: Server, to: Server) => expect((await to.offer(await from.record(), from.iss)).held).toEqual([]);

/** What each head has, as `Prod 1`; with `!` where it is in conflict. */
async function headsOf(server: Server) {
  const { heads } = await server.state();
  return heads
    .filter(({ content, isConflicted }) => content !== undefined || isConflicted)
    .map(({ stage, content, isConflicted }) => `${stage} ${content?.sha256[0] ?? '-'}${isConflicted ? '!' : ''}`)
    .join(', ');
}

/** Two servers with the same package: content 1 in Prod, content 2 in Test. */
async function pair() {
  const [a, b] = [createTestServer(issOf('a')), createTestServer(issOf('b'))];
  for (const server of [a, b]) for (const content of ['1', '2', '3', '4']) server.held.add(shaOf(content));
  await a.upload(1, '1', 'Prod');
  await a.upload(2, '2', 'Test', { replace: true });
  await tell(a, b);
  a.clock.advance(60_000);
  b.clock.advance(90_000);
  return { a, b };
}

describe('two servers that act while they are cut off', () => {
  type Doing = readonly [what: string, onA: Act | 'replace', onB: Act | 'replace', heads: string];
  const cases: readonly Doing[] = [
    ['delete, promote', { act: 'delete' }, { act: 'promote', to: 'Prod' }, 'Prod 2!'],
    ['delete in Prod, replace in Test', { act: 'delete', to: 'Prod' }, 'replace', 'Test 4'],
    ['delete, replace in Test', { act: 'delete' }, 'replace', 'Test 4!'],
    ['promote, promote', { act: 'promote', to: 'Prod' }, { act: 'promote', to: 'Prod' }, 'Prod 2'],
    ['promote, replace in Test', { act: 'promote', to: 'Prod' }, 'replace', 'Test 4, Prod 2'],
    ['demote, promote', { act: 'demote', from: 'Prod', to: 'Dev' }, { act: 'promote', to: 'Prod' }, 'Dev 1, Prod 2!'],
    ['replace, replace', 'replace', 'replace', 'Test 4!, Prod 1'],
    ['delete, delete', { act: 'delete' }, { act: 'delete' }, ''],
  ];

  test.each(cases)('%s: both orders of meeting lead to the same, and a resolution by either replicates', async (...given) => {
    const [, onA, onB, heads] = given;
    const ends: unknown[] = [];
    for (const order of ['a first', 'b first'] as const) {
      const { a, b } = await pair();
      const act = async (server: Server, what: Act | 'replace', content: string) =>
        void (what === 'replace' ? await server.upload(9, content, 'Test', { replace: true }) : await server.act(what));
      await act(a, onA, '3');
      await act(b, onB, '4');
      const [first, second] = order === 'a first' ? [a, b] : [b, a];
      await tell(first, second);
      await tell(second, first);
      await tell(first, second);
      expect(await b.record()).toEqual(await a.record());
      expect([await headsOf(a), await headsOf(b)]).toEqual([heads, heads]);
      ends.push(await a.record());
      for (const server of [a, b]) {
        expect(await server.list({ inConflict: true })).toHaveLength(heads.includes('!') ? 1 : 0);
      }
      if (!heads.includes('!')) continue;
      const stage =
        heads
          .split(', ')
          .find((head) => head.endsWith('!'))
          ?.split(' ')[0] ?? '';
      await second.act({ act: 'resolve', to: stage });
      await tell(second, first);
      expect(await first.record()).toEqual(await second.record());
      expect(await first.list({ inConflict: true })).toEqual([]);
      expect((await first.state()).heads.find((head) => head.stage === stage)?.content).toBeUndefined();
    }
    expect(ends[0]).toEqual(ends[1]);
  });

  test('resolve on both at once, to different contents, are in conflict again, and nothing is lost', async () => {
    const { a, b } = await pair();
    await a.upload(9, '3', 'Test', { replace: true });
    await b.upload(9, '4', 'Test', { replace: true });
    await tell(a, b);
    await tell(b, a);
    await a.act({ act: 'resolve', to: 'Test', sha256: shaOf('3') });
    await b.act({ act: 'resolve', to: 'Test', sha256: shaOf('4') });
    await tell(a, b);
    await tell(b, a);
    expect(await b.record()).toEqual(await a.record());
    for (const server of [a, b]) {
      expect(await headsOf(server)).toBe('Test 4!, Prod 1');
      expect((await server.find.names(shaOf('3'))).named).toBe(true);
    }
    await a.act({ act: 'resolve', to: 'Test', sha256: shaOf('3') });
    await tell(a, b);
    expect([await headsOf(a), await headsOf(b)]).toEqual(['Test 3, Prod 1', 'Test 3, Prod 1']);
  });
});

test('promoting Dev to Prod leaves Test sites what they have, and Dev sites fall to no third content', async () => {
  const sites = (['Dev', 'Test', 'Prod'] as const).map((stage, index) => createTestServer(issOf('bcd'[index] ?? ''), { stage }));
  const a = createTestServer(issOf('a'), { stage: 'Dev' });
  for (const site of sites) for (const content of ['1', '2', '3']) site.held.add(shaOf(content));
  await a.upload(1, '1', 'Prod');
  await a.upload(2, '2', 'Test', { replace: true });
  await a.upload(3, '3', 'Dev', { replace: true });
  const served = async () => {
    for (const site of sites) await tell(a, site);
    return Promise.all(sites.map(async (site) => (await site.serves())?.[0]));
  };
  expect(await served()).toEqual(['3', '2', '1']);
  await a.act({ act: 'promote', from: 'Dev', to: 'Prod' });
  expect(await served()).toEqual(['3', '2', '3']);
  // Dev sites have what Prod gives up, so they follow.
  await a.act({ act: 'promote', from: 'Test', to: 'Prod' });
  expect(await served()).toEqual(['2', '2', '2']);
});

test('a package that names the bytes of another with a false manifest keeps the honest one from nothing', async () => {
  const [a, m, b] = [createTestServer(issOf('a')), createTestServer(issOf('e')), createTestServer(issOf('b'))];
  await a.upload(1, '1', 'Prod');
  const { package: other } = await m.upload(1, '1', 'Prod', { filename: 'Other.pkg', manifestDigest: shaOf('f') });
  await b.offer(await m.record(other?.uuid), m.iss);
  await b.offer(await a.record(), a.iss);
  const { contents } = await b.find.wanted({ after: '', limit: 0 });
  expect(contents.map(({ filename, sha256, manifestDigest }) => [filename, sha256, manifestDigest])).toEqual([
    ['Other.pkg', shaOf('1'), shaOf('f')],
    ['NoMAD.pkg', shaOf('1'), contentOf('1').manifestDigest],
  ]);
  expect(await b.list({ inConflict: true })).toEqual([]);
});

describe('a server that is restored from a backup', () => {
  /** The server as it was after its first so many events, in a new start. */
  async function restored(a: Server, events: number): Promise<Server> {
    const again = createTestServer(a.iss, { epoch: 'e'.repeat(16) });
    again.clock.set(a.clock.now().toISOString());
    for (const sha256 of a.held) again.held.add(sha256);
    const stream = packageStream(nomadUuid);
    const kept = (await a.store.readStream(stream)).slice(0, events);
    await again.store.append({
      stream,
      expectedVersion: 0,
      events: kept.map(({ type, schemaVersion, data }) => ({ type, schemaVersion, data })),
      metadata: metadataOf(),
    });
    return again;
  }

  test('gets back what peers know of its lost life, and what it did in the new one is taken everywhere', async () => {
    const { a, b } = await pair();
    const backup = (await a.types()).length;
    await a.act({ act: 'promote', to: 'Prod' });
    await tell(a, b);
    const again = await restored(a, backup);
    expect(await headsOf(again)).toBe('Test 2, Prod 1');
    again.clock.advance(1_000);
    await again.upload(9, '3', 'Dev', { replace: true });
    await tell(again, b);
    await tell(b, again);
    expect(await again.record()).toEqual(await b.record());
    for (const server of [again, b]) expect(await headsOf(server)).toBe('Dev 3, Prod 2');
  });

  test('that changes the same head in both lives is in conflict with itself, and resolves it', async () => {
    const { a, b } = await pair();
    const backup = (await a.types()).length;
    await a.upload(8, '3', 'Prod', { replace: true });
    await tell(a, b);
    const again = await restored(a, backup);
    await again.upload(9, '4', 'Prod', { replace: true });
    await tell(again, b);
    await tell(b, again);
    for (const server of [again, b]) expect(await headsOf(server)).toMatch(/Prod [34]!/);
    await again.act({ act: 'resolve', to: 'Prod', sha256: shaOf('4') });
    await tell(again, b);
    for (const server of [again, b]) expect(await headsOf(server)).toBe('Test 2, Prod 4');
    expect(await again.record()).toEqual(await b.record());
  });
});
