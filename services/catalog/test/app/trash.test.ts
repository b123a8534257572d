import { describe, expect, test } from 'vitest';
import { contentOf, issOf, shaOf } from '../support/records.ts';
import { createTestServer } from '../support/test-server.ts';

const dayMs = 24 * 3_600_000;

type Server = ReturnType<typeof createTestServer>;

const found = async (server: Server) => (await server.find.get({ reference: 'NoMAD.pkg', alsoDeleted: true })).package;
const named = async (server: Server, content: string) => (await server.find.names(shaOf(content))).named;

/** A server whose first content was replaced. */
async function withTrash() {
  const a = createTestServer(issOf('a'));
  await a.upload(1, '1', 'Prod');
  a.clock.advance(1_000);
  await a.upload(2, '2', 'Prod', { replace: true });
  return a;
}

describe('the trash', () => {
  test('has what no head has any more, since when, and the package is found by it', async () => {
    const a = await withTrash();
    expect(await found(a)).toMatchObject({ trash: [{ content: contentOf('1'), trashedAt: a.clock.now() }] });
    expect(await a.list({ inTrash: true })).toEqual([await found(a)]);
    await a.upload(3, '3', 'Prod', { filename: 'Other.pkg' });
    expect(await a.list({ inTrash: true })).toHaveLength(1);
    await a.act({ act: 'delete' });
    expect((await a.list({ inTrash: true }))[0]).toMatchObject({ status: 'Deleted', trash: [{}, {}] });
  });

  test('is emptied by the sweep when the days are over, and until then the content is named', async () => {
    const a = await withTrash();
    a.clock.advance(30 * dayMs);
    await a.sweepAll();
    expect(await named(a, '1')).toBe(true);
    a.clock.advance(1);
    await a.sweepAll();
    expect(await named(a, '1')).toBe(false);
    expect(await found(a)).toMatchObject({ trash: [], status: 'Public' });
    expect((await a.types()).at(-1)).toBe('PackageDiscarded');
    await a.sweepAll();
    expect((await a.types()).filter((type) => type === 'PackageDiscarded')).toHaveLength(1);
    await expect(a.act({ act: 'rollback', to: 'Prod' })).rejects.toMatchObject({ code: 'CATALOG_REVISION_UNKNOWN' });
  });

  test('keeps what is newer, and what the admin gives more days', async () => {
    const a = await withTrash();
    a.clock.advance(20 * dayMs);
    await a.upload(3, '3', 'Prod', { replace: true });
    a.settings.trashDays = 60;
    a.clock.advance(20 * dayMs);
    await a.sweepAll();
    expect(await named(a, '1')).toBe(true);
    a.settings.trashDays = 30;
    await a.sweepAll();
    expect([await named(a, '1'), await named(a, '2'), await named(a, '3')]).toEqual([false, true, true]);
  });

  test('gives back what is restored, which then stays', async () => {
    const a = await withTrash();
    await a.act({ act: 'delete' });
    await a.act({ act: 'restore' });
    expect(await found(a)).toMatchObject({ content: contentOf('2'), status: 'Public', trash: [{ content: contentOf('1') }] });
    a.clock.advance(31 * dayMs);
    await a.sweepAll();
    expect(await a.serves()).toBe(shaOf('2'));
    expect([await named(a, '1'), await named(a, '2')]).toEqual([false, true]);
  });

  test('of another server has what it held; what it did not hold is only known', async () => {
    const [a, b, c] = [createTestServer(issOf('a')), createTestServer(issOf('b')), createTestServer(issOf('c'))];
    await a.upload(1, '1', 'Prod');
    b.held.add(shaOf('1'));
    for (const server of [b, c]) await server.offer(await a.record(), a.iss);
    await a.act({ act: 'delete' });
    for (const server of [b, c]) await server.offer(await a.record(), a.iss);
    expect(await found(b)).toMatchObject({ status: 'Deleted', trash: [{ content: contentOf('1') }] });
    expect(await found(c)).toMatchObject({ status: 'Deleted', trash: [] });
    expect([await named(b, '1'), await named(c, '1')]).toEqual([true, false]);
    expect((await c.find.wanted({ after: '', limit: 0 })).contents).toEqual([]);
    // What is only known can come back all the same: its bytes are fetched again then.
    await c.act({ act: 'restore' });
    expect(await found(c)).toMatchObject({ status: 'Downloading' });
    await b.offer(await c.record(), c.iss);
    expect(await found(b)).toMatchObject({ status: 'Public', trash: [] });
  });

  test('never has a content that another head, a conflict or a client still needs', async () => {
    const [a, b] = [createTestServer(issOf('a')), createTestServer(issOf('b'))];
    await a.upload(1, '1', 'Prod');
    await b.upload(1, '2', 'Prod');
    await a.offer(await b.record(), b.iss);
    expect(await found(a)).toMatchObject({ trash: [] });
    await b.offer(await a.record(), a.iss);
    await b.act({ act: 'resolve', to: 'Prod', sha256: shaOf('2') });
    await a.offer(await b.record(), b.iss);
    // Served until the bytes of the other are here.
    expect(await found(a)).toMatchObject({ trash: [], status: 'Downloading' });
    expect(await a.serves()).toBe(shaOf('1'));
    await a.fetched(shaOf('2'));
    expect(await a.serves()).toBe(shaOf('2'));
    expect(await found(a)).toMatchObject({ trash: [{ content: contentOf('1') }] });
  });
});

describe('what a dry run says of the trash', () => {
  test('is what would leave every stage, and for how many days this server keeps it', async () => {
    const a = await withTrash();
    const dry = async (request: Parameters<typeof a.act>[0]) => {
      const { toTrash, trashDays } = await a.act({ ...request, dryRun: true });
      return [toTrash.map(({ sha256 }) => sha256), trashDays];
    };
    expect(await dry({ act: 'delete' })).toEqual([[shaOf('2')], 30]);
    expect(await dry({ act: 'rollback', to: 'Prod' })).toEqual([[shaOf('2')], 30]);
    expect(await dry({ act: 'demote', to: 'Dev' })).toEqual([[], 30]);
    a.settings.trashDays = 0;
    expect(await dry({ act: 'delete' })).toEqual([[shaOf('2')], 0]);
    await a.upload(3, '3', 'Dev', { replace: true });
    expect(await dry({ act: 'delete', to: 'Dev' })).toEqual([[shaOf('3')], 0]);
  });

  test('counts nothing that this server has no bytes of, and what a confirmation would end', async () => {
    const [a, b] = [createTestServer(issOf('a')), createTestServer(issOf('b'))];
    b.settings.deletions = 'ask';
    await a.upload(1, '1', 'Prod');
    await b.offer(await a.record(), a.iss);
    expect(await b.act({ act: 'delete', dryRun: true })).toMatchObject({ toTrash: [], trashDays: 30 });
    await b.fetched(shaOf('1'));
    expect(await b.act({ act: 'confirm', dryRun: true })).toMatchObject({ toTrash: [] });
    await a.act({ act: 'delete' });
    await b.offer(await a.record(), a.iss);
    expect(await b.act({ act: 'confirm', dryRun: true })).toMatchObject({ toTrash: [contentOf('1')], trashDays: 30 });
  });
});

describe('deletions that an admin confirms', () => {
  async function asked() {
    const [a, b] = [createTestServer(issOf('a')), createTestServer(issOf('b'))];
    b.settings.deletions = 'ask';
    await a.upload(1, '1', 'Prod');
    b.held.add(shaOf('1'));
    await b.offer(await a.record(), a.iss);
    await a.act({ act: 'delete' });
    await b.offer(await a.record(), a.iss);
    return { a, b };
  }

  test('are served and marked until then; the record is the same as everywhere', async () => {
    const { a, b } = await asked();
    await b.sweepAll();
    expect(await found(b)).toMatchObject({ awaitsConfirmation: true, serves: 'Prod', status: 'Public', heads: [], trash: [] });
    expect(await b.list()).toHaveLength(1);
    expect(await b.list({ status: 'Deleted' })).toMatchObject([{ awaitsConfirmation: true, status: 'Public' }]);
    await expect(b.act({ act: 'delete' })).rejects.toMatchObject({
      code: 'CATALOG_PACKAGE_UNKNOWN',
      message:
        'package 1 ("NoMAD.pkg") is deleted, and served here until that is confirmed; nothing was changed. To end it, confirm it; to bring it back, restore it or upload it again',
    });
    expect(await b.serves()).toBe(shaOf('1'));
    expect(await named(b, '1')).toBe(true);
    expect(await b.record()).toEqual(await a.record());
    expect(await b.act({ act: 'confirm' })).toMatchObject({
      package: { awaitsConfirmation: false, serves: '', status: 'Deleted', trash: [{ content: contentOf('1') }] },
    });
    expect(await b.serves()).toBeUndefined();
    expect(await b.record()).toEqual(await a.record());
  });

  test('are not his own: those take effect at once here, and wait at other servers that ask', async () => {
    const [a, b] = [createTestServer(issOf('a')), createTestServer(issOf('b'))];
    for (const server of [a, b]) server.settings.deletions = 'ask';
    await a.upload(1, '1', 'Prod');
    b.held.add(shaOf('1'));
    await b.offer(await a.record(), a.iss);
    const { package: deleted } = await a.act({ act: 'delete' });
    expect(deleted).toMatchObject({ awaitsConfirmation: false, status: 'Deleted', trash: [{ content: contentOf('1') }] });
    expect(await a.serves()).toBeUndefined();
    await b.offer(await a.record(), a.iss);
    await a.sweepAll();
    await b.sweepAll();
    expect([await a.serves(), await b.serves()]).toEqual([undefined, shaOf('1')]);
  });

  test('are followed when the server does so from now on', async () => {
    const { b } = await asked();
    await b.sweepAll();
    b.settings.deletions = 'follow';
    await b.sweepAll();
    expect(await found(b)).toMatchObject({ awaitsConfirmation: false, status: 'Deleted', trash: [{}] });
  });

  test('are taken back by a restoration', async () => {
    const { b } = await asked();
    await b.act({ act: 'restore' });
    expect(await found(b)).toMatchObject({ awaitsConfirmation: false, serves: 'Prod', status: 'Public', trash: [] });
  });

  test('confirmed where nothing waits change nothing', async () => {
    const a = createTestServer(issOf('a'));
    await a.upload(1, '1', 'Prod');
    const types = await a.types();
    expect(await a.act({ act: 'confirm' })).toMatchObject({ package: { status: 'Public' } });
    expect(await a.types()).toEqual(types);
  });
});
