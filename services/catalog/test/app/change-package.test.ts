import { describe, expect, test } from 'vitest';
import { contentOf, issOf, shaOf } from '../support/records.ts';
import { actOf, createTestServer, metadataOf } from '../support/test-server.ts';

const made = ['PackageUploaded', 'PackagePublished', 'PackageServedHeadChanged'];

/** A Prod server with one package whose content was uploaded into Test: at version 3. */
async function withPackage() {
  const a = createTestServer(issOf('a'));
  await a.upload(1, '1', 'Test');
  a.clock.advance(1_000);
  return a;
}

/** What servers of each stage are to be served, as one digit. */
const served = (effects: readonly { before: { sha256: string } | undefined; after: { sha256: string } | undefined }[]) =>
  effects.map(({ before, after }) => `${before?.sha256[0] ?? '-'}>${after?.sha256[0] ?? '-'}`).join(' ');

const headsOf = (found: { heads: readonly { stage: string; content: { sha256: string } | undefined }[] } | undefined) =>
  found?.heads.map(({ stage, content }) => `${stage} ${content?.sha256[0] ?? '-'}`).join(', ');

describe('a move', () => {
  test('keeps content and its date, and is signed anew', async () => {
    const a = await withPackage();
    const before = await a.find.content('NoMAD.pkg');
    const [upload] = (await a.state()).changes;
    const moved = await a.act({ act: 'move', to: 'Prod', sha256: shaOf('1'), expectedVersion: 3n });
    expect(moved).toMatchObject({
      package: { id: 1, status: 'Public', version: 5n, stage: 'Prod', serves: 'Prod', content: contentOf('1') },
    });
    expect(headsOf(moved.package)).toBe('Prod 1');
    expect(await a.find.content('NoMAD.pkg')).toEqual(before);
    const [change, ...others] = (await a.state()).changes;
    expect(others).toEqual([]);
    expect(change?.act).toBe('promote');
    expect(change?.stamp).toBeGreaterThan(upload?.stamp ?? 0n);
    expect(change?.signature).not.toEqual(upload?.signature);
    expect(await a.types()).toEqual([...made, 'PackagePromoted', 'PackageServedHeadChanged']);
  });

  test('down is a demotion', async () => {
    const a = await withPackage();
    expect(headsOf((await a.act({ act: 'move', to: 'Dev' })).package)).toBe('Dev 1');
    expect((await a.types()).at(-2)).toBe('PackageDemoted');
  });

  test('is of the head that this server serves', async () => {
    const a = createTestServer(issOf('a'), { stage: 'Test' });
    await a.upload(1, '1', 'Prod');
    await a.upload(2, '2', 'Dev', { replace: true });
    expect(headsOf((await a.act({ act: 'move', to: 'Test' })).package)).toBe('Dev 2, Test 1');
  });

  test('to the stage that it has changes nothing', async () => {
    const a = await withPackage();
    expect(await a.act({ act: 'move', to: 'Test' })).toMatchObject({ package: { version: 3n } });
  });

  test('of other content than the admin saw is refused', async () => {
    const a = await withPackage();
    await expect(a.act({ act: 'move', to: 'Prod', sha256: shaOf('2') })).rejects.toMatchObject({
      code: 'CATALOG_CONTENT_CHANGED',
      details: { sha256: shaOf('1') },
    });
  });

  test('of another version than the admin saw is a conflict', async () => {
    const a = await withPackage();
    await expect(a.act({ act: 'move', to: 'Prod', expectedVersion: 2n })).rejects.toMatchObject({
      code: 'COMMON_COMMAND_CONFLICT',
      details: { expectedVersion: 2, actualVersion: 3 },
    });
  });

  test('of a version that was only sealed since is made; of an older one it is not', async () => {
    const a = createTestServer(issOf('a'));
    await a.upload(1, '1', 'Test', { manifestDigest: '' });
    await a.act({ act: 'move', to: 'Dev' });
    await a.seal.content(contentOf('1'), metadataOf());
    const toProd = (expectedVersion: bigint) => a.act({ act: 'move', to: 'Prod', expectedVersion });
    await expect(toProd(4n)).rejects.toMatchObject({ code: 'COMMON_COMMAND_CONFLICT' });
    expect(await toProd(5n)).toMatchObject({ package: { version: 8n, stage: 'Prod' } });
    await expect(toProd(6n)).rejects.toMatchObject({ code: 'COMMON_COMMAND_CONFLICT' });
  });

  test('of a version that is sealed in the midst of it is made', async () => {
    const a = createTestServer(issOf('a'));
    await a.upload(1, '1', 'Test', { manifestDigest: '' });
    // Who this server is, is asked between reading the package and writing.
    a.settings.onServerAsked = async () => {
      a.settings.onServerAsked = async () => undefined;
      await a.seal.content(contentOf('1'), metadataOf());
    };
    const { package: after } = await a.act({ act: 'move', to: 'Prod', expectedVersion: 3n });
    expect(await a.types()).toEqual([...made, 'PackageSealed', 'PackagePromoted', 'PackageServedHeadChanged']);
    expect(after).toMatchObject({ stage: 'Prod', content: contentOf('1') });
  });

  test('of a version that another admin changes in the midst of it is a conflict', async () => {
    const a = await withPackage();
    a.settings.onServerAsked = async () => {
      a.settings.onServerAsked = async () => undefined;
      await a.act({ act: 'move', to: 'Dev' });
    };
    await expect(a.act({ act: 'move', to: 'Prod', expectedVersion: 3n })).rejects.toMatchObject({
      code: 'COMMON_COMMAND_CONFLICT',
      details: { actualVersion: 5 },
    });
  });

  test('is made once when it is repeated under its command id', async () => {
    const a = await withPackage();
    const metadata = metadataOf();
    const request = actOf({ act: 'move', to: 'Prod', expectedVersion: 3n });
    const first = await a.changePackage(request, metadata);
    expect((await a.changePackage(request, metadata)).package).toEqual(first.package);
    expect(await a.types()).toHaveLength(5);
  });

  test('of several admins at once ends with one of them', async () => {
    const a = await withPackage();
    await Promise.all(['Dev', 'Prod', 'Dev', 'Prod'].map((to) => a.act({ act: 'move', to })));
    const { heads } = await a.state();
    expect(heads.filter(({ content }) => content !== undefined)).toHaveLength(1);
    expect(heads.some(({ isConflicted }) => isConflicted)).toBe(false);
  });
});

describe('a request', () => {
  test.each([
    ['to no stage that there is', { act: 'move', to: 'prod' }, 'CATALOG_STAGE_UNKNOWN'],
    ['of nothing', { act: 'move', to: 'Prod', id: 2 }, 'CATALOG_PACKAGE_UNKNOWN'],
    ['that names no content', { act: 'move', to: 'Prod', sha256: 'x' }, 'COMMON_REQUEST_INVALID'],
    ['for an act that there is not', { act: 'upload', to: 'Prod' }, 'COMMON_REQUEST_INVALID'],
    ['with a reason without end', { act: 'delete', reason: 'x'.repeat(1_001) }, 'COMMON_REQUEST_INVALID'],
    ['to go nowhere', { act: 'move' }, 'COMMON_REQUEST_INVALID'],
    ['to promote to nowhere', { act: 'promote' }, 'COMMON_REQUEST_INVALID'],
    ['to promote downwards', { act: 'promote', from: 'Test', to: 'Dev' }, 'CATALOG_STAGE_ORDER'],
    ['to demote upwards', { act: 'demote', from: 'Test', to: 'Prod' }, 'CATALOG_STAGE_ORDER'],
    ['to promote what is not there', { act: 'promote', from: 'Dev', to: 'Prod' }, 'CATALOG_HEAD_EMPTY'],
    ['to promote other content', { act: 'promote', to: 'Prod', sha256: shaOf('2') }, 'CATALOG_CONTENT_CHANGED'],
    ['to delete where nothing is', { act: 'delete', to: 'Prod' }, 'CATALOG_HEAD_EMPTY'],
    ['to delete other content', { act: 'delete', sha256: shaOf('2') }, 'CATALOG_CONTENT_CHANGED'],
    ['to roll back the first content', { act: 'rollback', to: 'Test' }, 'CATALOG_REVISION_UNKNOWN'],
    ['to restore what was not deleted', { act: 'restore' }, 'CATALOG_REVISION_UNKNOWN'],
    ['to resolve without a conflict', { act: 'resolve', to: 'Test' }, 'CATALOG_CONFLICT_UNKNOWN'],
  ] as const)('%s is refused, and stores nothing', async (_what, request, code) => {
    const a = await withPackage();
    await expect(a.act(request)).rejects.toMatchObject({ code });
    expect(await a.types()).toEqual(made);
  });

  test('to promote names the stages where lower ones differ', async () => {
    const a = await withPackage();
    await a.upload(2, '2', 'Dev', { replace: true });
    await expect(a.act({ act: 'promote', to: 'Prod' })).rejects.toMatchObject({
      code: 'CATALOG_SOURCE_AMBIGUOUS',
      details: {
        from: [
          { stage: 'Dev', sha256: shaOf('2') },
          { stage: 'Test', sha256: shaOf('1') },
        ],
      },
    });
  });

  test('carries who asked and why into the change', async () => {
    const a = await withPackage();
    const request = actOf({ act: 'delete', reason: 'It broke the printers.' });
    await a.changePackage(request, metadataOf('account:berta'));
    expect((await a.state()).changes).toMatchObject([
      { act: 'delete', actor: 'account:berta', reason: 'It broke the printers.' },
    ]);
  });
});

describe('a promotion', () => {
  test('leaves higher and other lower heads what they are: no site falls to a third content', async () => {
    const a = createTestServer(issOf('a'));
    await a.upload(1, '1', 'Prod');
    await a.upload(2, '2', 'Test', { replace: true });
    await a.upload(3, '3', 'Dev', { replace: true });
    const promoted = await a.act({ act: 'promote', from: 'Dev', to: 'Prod' });
    expect(headsOf(promoted.package)).toBe('Dev 3, Test 2, Prod 3');
    expect(served(promoted.effects)).toBe('3>3 2>2 1>3');
    expect(await a.serves()).toBe(shaOf('3'));
  });

  test('empties lower heads of the same content by the way', async () => {
    const a = createTestServer(issOf('a'));
    await a.upload(1, '1', 'Prod');
    await a.upload(2, '2', 'Dev', { replace: true });
    const promoted = await a.act({ act: 'promote', to: 'Prod' });
    expect(headsOf(promoted.package)).toBe('Prod 2');
    const [change] = (await a.state()).changes;
    expect(change).toMatchObject({
      from: 'Dev',
      sets: [
        { stage: 'Dev', byTheWay: true },
        { stage: 'Prod', byTheWay: false },
      ],
    });
    expect((await a.store.readAll(0n, 100)).find(({ type }) => type === 'PackagePromoted')?.data).toMatchObject({
      from: 'Dev',
      to: 'Prod',
      content: { sha256: shaOf('2') },
      fromIss: '',
    });
  });
});

describe('a demotion', () => {
  test('says what the higher sites are left with, and offers the former version', async () => {
    const a = createTestServer(issOf('a'));
    await a.upload(1, '1', 'Prod');
    await a.upload(2, '2', 'Prod', { replace: true });
    const dry = await a.act({ act: 'demote', to: 'Test', dryRun: true });
    expect(served(dry.effects)).toBe('2>2 2>2 2>-');
    expect(dry).toMatchObject({ former: contentOf('1') });
    expect(headsOf(dry.package)).toBe('Prod 2');
    const done = await a.act({ act: 'demote', to: 'Test' });
    expect(done).toMatchObject({ effects: dry.effects, former: contentOf('1') });
    expect(headsOf(done.package)).toBe('Test 2');
    const restored = await a.act({ act: 'restore', to: 'Prod', sha256: shaOf('1') });
    expect(headsOf(restored.package)).toBe('Test 2, Prod 1');
    expect(await a.serves()).toBe(shaOf('1'));
  });

  test('leaves a site that admits the lower stage what it has', async () => {
    const a = createTestServer(issOf('a'), { stage: 'Test' });
    await a.upload(1, '1', 'Prod');
    await a.act({ act: 'demote', to: 'Test' });
    expect(await a.serves()).toBe(shaOf('1'));
    expect(await a.find.get({ reference: '1', alsoDeleted: false })).toMatchObject({ package: { serves: 'Test' } });
  });
});

describe('a deletion', () => {
  test('of a package empties all heads; the package is unknown then, unless deleted ones are asked for', async () => {
    const a = await withPackage();
    await a.upload(2, '2', 'Dev', { replace: true });
    const deleted = await a.act({ act: 'delete' });
    expect(deleted.package).toMatchObject({ status: 'Deleted', stage: '', serves: '', heads: [], content: undefined });
    expect(served(deleted.effects)).toBe('2>- 1>- ->-');
    expect(await a.list()).toEqual([]);
    expect(await a.list({ status: 'Deleted' })).toEqual([deleted.package]);
    await expect(a.find.get({ reference: '1', alsoDeleted: false })).rejects.toMatchObject({ code: 'CATALOG_PACKAGE_UNKNOWN' });
    expect(await a.find.get({ reference: '1', alsoDeleted: true })).toEqual({ package: deleted.package });
    await expect(a.find.content('NoMAD.pkg')).rejects.toMatchObject({ code: 'CATALOG_PACKAGE_UNKNOWN' });
    await expect(a.act({ act: 'delete' })).rejects.toMatchObject({
      code: 'CATALOG_PACKAGE_UNKNOWN',
      message: 'package 1 ("NoMAD.pkg") is deleted; nothing was changed. To bring it back, restore it or upload it again',
    });
    expect((await a.record())?.changes).toHaveLength(1);
  });

  test('of one stage leaves the others', async () => {
    const a = createTestServer(issOf('a'), { stage: 'Dev' });
    await a.upload(1, '1', 'Prod');
    await a.upload(2, '2', 'Dev', { replace: true });
    const deleted = await a.act({ act: 'delete', to: 'Dev', sha256: shaOf('2') });
    expect(headsOf(deleted.package)).toBe('Prod 1');
    expect(served(deleted.effects)).toBe('2>1 1>1 1>1');
    expect(await a.serves()).toBe(shaOf('1'));
  });

  test('that is only tried changes nothing', async () => {
    const a = await withPackage();
    const dry = await a.act({ act: 'delete', dryRun: true });
    expect(served(dry.effects)).toBe('1>- 1>- ->-');
    expect(dry.package).toMatchObject({ version: 3n, status: 'Public' });
    expect(await a.types()).toEqual(made);
    await expect(a.act({ act: 'delete', to: 'Prod', dryRun: true })).rejects.toMatchObject({ code: 'CATALOG_HEAD_EMPTY' });
  });

  test('frees the name: the next upload goes on with the number, and nothing of the old life stands', async () => {
    const a = await withPackage();
    await a.act({ act: 'delete' });
    expect(await a.upload(2, '2', 'Test')).toMatchObject({ outcome: 'created', package: { id: 1, status: 'Public' } });
    expect((await a.state()).changes).toHaveLength(2);
    expect(await a.serves()).toBe(shaOf('2'));
  });
});

describe('a restoration', () => {
  test('puts back what a deletion of all heads emptied, in one act', async () => {
    const a = await withPackage();
    await a.upload(2, '2', 'Dev', { replace: true });
    await a.act({ act: 'delete' });
    const restored = await a.act({ act: 'restore' });
    expect(headsOf(restored.package)).toBe('Dev 2, Test 1');
    expect(restored).toMatchObject({ package: { status: 'Public', trash: [] } });
    expect(await a.serves()).toBe(shaOf('2'));
    expect((await a.types()).filter((type) => type === 'PackageRestored')).toHaveLength(1);
  });

  test('of one stage needs the name of a revision where the head is taken', async () => {
    const a = createTestServer(issOf('a'));
    await a.upload(1, '1', 'Prod');
    await a.upload(2, '2', 'Prod', { replace: true });
    await a.upload(3, '3', 'Prod', { replace: true });
    await expect(a.act({ act: 'restore', to: 'Prod' })).rejects.toMatchObject({ code: 'CATALOG_HEAD_TAKEN' });
    expect(headsOf((await a.act({ act: 'restore', to: 'Prod', sha256: shaOf('1') })).package)).toBe('Prod 1');
    await expect(a.act({ act: 'restore', to: 'Prod', sha256: shaOf('9') })).rejects.toMatchObject({
      code: 'CATALOG_REVISION_UNKNOWN',
    });
  });

  test('by rollback gives the content from before; twice, the one that was rolled back', async () => {
    const a = createTestServer(issOf('a'));
    await a.upload(1, '1', 'Prod');
    await a.upload(2, '2', 'Prod', { replace: true });
    expect(headsOf((await a.act({ act: 'rollback', to: 'Prod' })).package)).toBe('Prod 1');
    expect(await a.serves()).toBe(shaOf('1'));
    expect(headsOf((await a.act({ act: 'rollback', to: 'Prod', sha256: shaOf('1') })).package)).toBe('Prod 2');
  });
});

describe('a conflict', () => {
  /** Two servers that gave one head different contents before they met. */
  async function conflicted() {
    const [a, b] = [createTestServer(issOf('a')), createTestServer(issOf('b'))];
    await a.upload(1, '1', 'Prod');
    b.clock.advance(60_000);
    await b.upload(1, '2', 'Prod');
    await a.offer(await b.record(), b.iss);
    await b.offer(await a.record(), a.iss);
    return { a, b };
  }

  test('is listed with its sides, the winner first, and takes no act but replace, delete and resolve', async () => {
    const { a, b } = await conflicted();
    const [found] = await a.list({ inConflict: true });
    expect(found?.heads).toMatchObject([
      {
        content: contentOf('2'),
        contenders: [
          { content: contentOf('2'), changedBy: issOf('b'), act: 'upload', isHere: false },
          { content: contentOf('1'), changedBy: issOf('a'), act: 'upload', isHere: true },
        ],
      },
    ]);
    for (const act of [
      { act: 'demote', to: 'Test' },
      { act: 'rollback', to: 'Prod' },
      { act: 'move', to: 'Test' },
    ]) {
      await expect(a.act(act)).rejects.toMatchObject({ code: 'CATALOG_HEAD_CONFLICTED' });
    }
    await expect(a.act({ act: 'resolve', to: 'Prod', sha256: shaOf('3') })).rejects.toMatchObject({
      code: 'CATALOG_CONTENT_CHANGED',
      message:
        `${shaOf('3')} is no side of the conflict of "NoMAD.pkg" in Prod; nothing was changed. ` +
        `Its sides are ${shaOf('2')} (upload by account:admin at server ${b.iss}, 2026-01-01T00:01:00.000Z) ` +
        `and ${shaOf('1')} (upload by account:admin at server ${a.iss}, 2026-01-01T00:00:00.000Z)`,
      details: { sides: [shaOf('2'), shaOf('1')] },
    });
  });

  test.each([
    ['one of its contents', { act: 'resolve', to: 'Prod', sha256: shaOf('1') }, 'Prod 1'],
    ['nothing', { act: 'resolve', to: 'Prod' }, ''],
    ['a deletion', { act: 'delete', to: 'Prod' }, ''],
  ])('is resolved to %s, on every server', async (_what, act, heads) => {
    const { a, b } = await conflicted();
    const resolved = await a.act(act);
    expect(headsOf(resolved.package)).toBe(heads);
    await b.offer(await a.record(), a.iss);
    expect(await b.record()).toEqual(await a.record());
    expect((await b.record())?.changes).toHaveLength(1);
    for (const server of [a, b]) expect(await server.list({ inConflict: true })).toEqual([]);
  });

  test('is ended by a replacement', async () => {
    const { a } = await conflicted();
    expect(await a.upload(2, '3', 'Prod', { replace: true })).toMatchObject({ outcome: 'replaced' });
    expect(headsOf((await a.list())[0])).toBe('Prod 3');
    expect(await a.list({ inConflict: true })).toEqual([]);
  });
});
