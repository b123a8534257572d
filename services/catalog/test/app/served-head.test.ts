import { OdstError, type Stage } from '@odst/kernel';
import { describe, expect, test } from 'vitest';
import { contentOf, issOf, nomadUuid, shaOf } from '../support/records.ts';
import { createTestServer, metadataOf } from '../support/test-server.ts';

const issA = issOf('a');

type Server = ReturnType<typeof createTestServer>;

const wanted = async (server: Server) => (await server.find.wanted({ after: '', limit: 0 })).contents.map(({ sha256 }) => sha256);
const found = async (server: Server) => (await server.find.get({ reference: 'NoMAD.pkg', alsoDeleted: true })).package;

/** Tells `to` all that `from` knows, and gives it the bytes. */
async function tell(from: Server, to: Server, contents: readonly string[] = []) {
  for (const content of contents) to.held.add(shaOf(content));
  return to.offer(await from.record(), from.iss);
}

describe('the served head', () => {
  test.each<[Stage, string]>([
    ['Dev', '1'],
    ['Test', '2'],
    ['Prod', '3'],
  ])('of a %s server is the lowest that it admits, and it wants the contents of all that it admits', async (stage, content) => {
    const [a, b] = [createTestServer(issA), createTestServer(issOf('b'), { stage })];
    await a.upload(1, '3', 'Prod');
    await a.upload(2, '2', 'Test', { replace: true });
    await a.upload(3, '1', 'Dev', { replace: true });
    await tell(a, b);
    expect(await found(b)).toMatchObject({ serves: stage, stage, content: contentOf(content), status: 'Downloading' });
    const admitted = ['1', '2', '3'].slice(Number(content) - 1).map(shaOf);
    expect(await wanted(b)).toEqual(admitted);
    for (const sha256 of admitted) await b.fetched(sha256);
    expect(await b.serves()).toBe(shaOf(content));
  });

  test('of a Prod server stays that of Prod when Dev gets other content, here or elsewhere', async () => {
    const [a, b] = [createTestServer(issA), createTestServer(issOf('b'))];
    await a.upload(1, '1', 'Prod');
    await tell(a, b, ['1']);
    await b.upload(1, '2', 'Dev', { replace: true });
    await tell(b, a);
    for (const server of [a, b]) {
      expect(await server.serves()).toBe(shaOf('1'));
      expect(await found(server)).toMatchObject({ serves: 'Prod', content: contentOf('1'), status: 'Public' });
    }
    // The own upload is kept, though this server does not admit it; a peer's is not fetched.
    expect((await found(b))?.heads).toMatchObject([{ stage: 'Dev', status: 'Public' }, { stage: 'Prod' }]);
    expect((await found(a))?.heads).toMatchObject([{ stage: 'Dev', status: 'Withheld' }, { stage: 'Prod' }]);
    expect(await wanted(a)).toEqual([]);
  });

  test('of a Prod server with nothing but its own upload into Dev is that', async () => {
    const a = createTestServer(issA);
    await a.upload(1, '1', 'Dev');
    expect(await a.list()).toMatchObject([{ stage: 'Dev', serves: 'Dev', status: 'Public' }]);
    expect(await a.serves()).toBe(shaOf('1'));
  });

  test('goes to Prod for a new server too, and to the promoted content once its bytes are there', async () => {
    const [a, b] = [createTestServer(issA, { stage: 'Dev' }), createTestServer(issOf('b'))];
    await a.upload(1, '1', 'Prod');
    await a.upload(2, '2', 'Dev', { replace: true });
    await tell(a, b, ['1']);
    expect([await a.serves(), await b.serves()]).toEqual([shaOf('2'), shaOf('1')]);
    await a.act({ act: 'promote', to: 'Prod' });
    await tell(a, b);
    expect(await b.serves()).toBe(shaOf('1'));
    await b.fetched(shaOf('2'));
    expect([await a.serves(), await b.serves()]).toEqual([shaOf('2'), shaOf('2')]);
    expect(await b.record()).toEqual(await a.record());
  });

  test('promoted on one server while another replaces in Dev: no conflict, both stand', async () => {
    const [a, b] = [createTestServer(issA), createTestServer(issOf('b'))];
    await a.upload(1, '1', 'Dev');
    await tell(a, b, ['1']);
    await a.act({ act: 'promote', to: 'Prod' });
    await b.upload(1, '2', 'Dev', { replace: true });
    await tell(b, a);
    await tell(a, b);
    expect(await a.record()).toEqual(await b.record());
    for (const server of [a, b]) {
      expect((await found(server))?.heads).toMatchObject([
        { stage: 'Dev', content: contentOf('2'), contenders: [] },
        { stage: 'Prod', content: contentOf('1'), contenders: [] },
      ]);
    }
  });
});

describe('a demotion below the stage of a server', () => {
  test('keeps what it serves, and names it', async () => {
    const [a, b] = [createTestServer(issA, { stage: 'Test' }), createTestServer(issOf('b'))];
    await a.upload(1, '1', 'Prod');
    await tell(a, b, ['1']);
    await a.act({ act: 'demote', to: 'Test' });
    await tell(a, b);
    await b.sweepAll();
    expect(await b.serves()).toBe(shaOf('1'));
    expect(await b.find.names(shaOf('1'))).toEqual({ named: true });
    expect(await found(b)).toMatchObject({ status: 'Public', awaitsConfirmation: false, trash: [] });
    expect(await found(b)).toMatchObject({ serves: 'Test', leaving: [{ content: contentOf('1') }], letGo: [] });
    await a.upload(2, '2', 'Prod', { replace: true });
    await tell(a, b, ['2']);
    expect(await b.serves()).toBe(shaOf('2'));
  });

  test('ends when another server that admits it holds it: then nothing names it here', async () => {
    const [a, b] = [createTestServer(issA, { stage: 'Test' }), createTestServer(issOf('b'))];
    await a.upload(1, '1', 'Prod');
    await tell(a, b, ['1']);
    const ask = { packageUuid: nomadUuid, sha256: shaOf('1'), holderIss: issA, holderName: 'Lab', holderStage: 'Test' };
    expect(await b.letGo(ask, metadataOf('service:sync'))).toEqual({ isLetGo: false });
    expect((await b.find.leaving({ after: '', limit: 0 })).contents).toEqual([]);
    await a.act({ act: 'demote', to: 'Test' });
    await tell(a, b);
    const { contents } = await b.find.leaving({ after: '', limit: 0 });
    expect(contents).toEqual([{ packageUuid: nomadUuid, sha256: shaOf('1'), stages: ['Test'] }]);
    await expect(b.letGo({ ...ask, holderIss: b.iss }, metadataOf())).rejects.toMatchObject({ code: 'COMMON_REQUEST_INVALID' });
    expect(await b.letGo(ask, metadataOf('service:sync'))).toEqual({ isLetGo: true });
    expect(await b.letGo(ask, metadataOf('service:sync'))).toEqual({ isLetGo: false });
    expect(await found(b)).toMatchObject({
      status: 'Withheld',
      serves: '',
      leaving: [],
      letGo: [{ holderName: 'Lab', holderIss: issA }],
    });
    expect(await b.serves()).toBeUndefined();
    expect(await b.find.names(shaOf('1'))).toEqual({ named: false });
    await b.sweepAll();
    expect(await b.find.names(shaOf('1'))).toEqual({ named: false });
    await a.act({ act: 'promote', to: 'Prod' });
    await tell(a, b);
    expect([await b.serves(), await b.find.names(shaOf('1'))]).toEqual([shaOf('1'), { named: true }]);
    expect(await found(b)).toMatchObject({ status: 'Public', serves: 'Prod', leaving: [], letGo: [] });
  });

  test('lists it under the stage that has it now, from where it is promoted again', async () => {
    const [a, b] = [createTestServer(issA, { stage: 'Dev' }), createTestServer(issOf('b'))];
    await a.upload(1, '1', 'Prod');
    await tell(a, b, ['1']);
    await b.act({ act: 'move', to: 'Dev' });
    expect(await found(b)).toMatchObject({ serves: 'Dev', stage: 'Dev', content: contentOf('1'), status: 'Public' });
    await b.sweepAll();
    await b.act({ act: 'move', to: 'Prod' });
    expect(await found(b)).toMatchObject({ serves: 'Prod', stage: 'Prod', heads: [{ stage: 'Prod', content: contentOf('1') }] });
    expect(await b.serves()).toBe(shaOf('1'));
  });

  test('of what was to take the place of what is served, before its bytes came, leaves that', async () => {
    const [a, b] = [createTestServer(issA), createTestServer(issOf('b'))];
    await b.upload(1, '2', 'Test');
    await a.upload(1, '1', 'Prod');
    await tell(a, b);
    expect(await found(b)).toMatchObject({ serves: 'Prod', content: contentOf('1'), status: 'Downloading' });
    a.clock.advance(1_000);
    await a.act({ act: 'demote', to: 'Test' });
    await tell(a, b);
    // In Test it wins over what b serves, which is no reason for a Prod server to fetch it.
    expect(await found(b)).toMatchObject({ serves: 'Test', content: contentOf('2'), status: 'Public' });
    expect([await b.serves(), await wanted(b)]).toEqual([shaOf('2'), []]);
  });

  test('of what is not here yet is wanted no more', async () => {
    const [a, b] = [createTestServer(issA, { stage: 'Test' }), createTestServer(issOf('b'))];
    await a.upload(1, '1', 'Prod');
    await tell(a, b);
    expect(await wanted(b)).toEqual([shaOf('1')]);
    await a.act({ act: 'demote', to: 'Test' });
    await tell(a, b);
    expect(await wanted(b)).toEqual([]);
    expect(await found(b)).toMatchObject({ status: 'Withheld', serves: '' });
  });
});

describe('the stage of this server', () => {
  test('judges once more what rows that were behind hid', async () => {
    const [a, b] = [createTestServer(issA), createTestServer(issOf('b'))];
    await a.upload(1, '1', 'Dev');
    await tell(a, b);
    await b.sweepAll();
    b.settings.stage = 'Dev';
    b.settings.rowsAreBehind = true;
    await b.sweepAll();
    b.settings.rowsAreBehind = false;
    await b.sweepAll();
    expect(await wanted(b)).toEqual([shaOf('1')]);
  });

  test('that is back after a sweep that failed half-way judges every record again', async () => {
    const [a, b] = [createTestServer(issA), createTestServer(issOf('b'), { stage: 'Dev' })];
    for (const [index, filename] of ['One.pkg', 'Two.pkg'].entries()) {
      const { package: made } = await a.upload(index, `${index + 1}`, 'Dev', { filename });
      await b.offer(await a.record(made?.uuid), issA);
    }
    await b.sweepAll();
    b.settings.stage = 'Prod';
    let asked = 0;
    // The sweep asks once, its judging and each package twice.
    b.settings.onServerAsked = async () => {
      asked += 1;
      if (asked > 5) throw new OdstError('COMMON_SERVICE_UNAVAILABLE', 'out of reach');
    };
    await expect(b.sweepAll()).rejects.toMatchObject({ code: 'COMMON_SERVICE_UNAVAILABLE' });
    expect(await wanted(b)).toEqual([shaOf('2')]);
    b.settings.onServerAsked = async () => undefined;
    b.settings.stage = 'Dev';
    await b.sweepAll();
    expect(await wanted(b)).toEqual([shaOf('1'), shaOf('2')]);
  });

  test('judges every record again, without another offer', async () => {
    const [a, b] = [createTestServer(issA), createTestServer(issOf('b'))];
    const dev = await a.upload(1, '1', 'Dev');
    const prod = await a.upload(2, '2', 'Prod', { filename: 'Prod.pkg' });
    b.held.add(shaOf('2'));
    for (const { package: made } of [dev, prod]) await b.offer(await a.record(made?.uuid), issA);
    b.settings.stage = 'Dev';
    await b.sweepAll();
    expect(await wanted(b)).toEqual([shaOf('1')]);
    b.settings.stage = 'Test';
    await b.sweepAll();
    expect(await wanted(b)).toEqual([]);
    expect(await b.list()).toMatchObject([{ filename: 'Prod.pkg', status: 'Public' }]);
    await b.sweepAll();
    expect(await b.types()).toEqual([
      'PackageAnnounced',
      'PackageAnnounced',
      'PackagePublished',
      'PackageServedHeadChanged',
      'PackageWanted',
      'PackageServedHeadChanged',
      'PackageWithheld',
      'PackageServedHeadChanged',
    ]);
  });

  test('decides what is served of packages that are Public', async () => {
    const [a, b] = [createTestServer(issA), createTestServer(issOf('b'))];
    await a.upload(1, '1', 'Prod');
    await a.upload(2, '2', 'Dev', { replace: true });
    await tell(a, b, ['1']);
    b.settings.stage = 'Dev';
    await b.sweepAll();
    expect(await found(b)).toMatchObject({ serves: 'Dev', status: 'Downloading' });
    expect(await b.serves()).toBe(shaOf('1'));
    await b.fetched(shaOf('2'));
    expect(await b.serves()).toBe(shaOf('2'));
    b.settings.stage = 'Prod';
    await b.sweepAll();
    expect(await found(b)).toMatchObject({ serves: 'Prod', status: 'Public' });
    expect(await b.serves()).toBe(shaOf('1'));
  });
});

describe('bytes that go missing', () => {
  test('are wanted again at the next sweep of all packages', async () => {
    const [a, b] = [createTestServer(issA), createTestServer(issOf('b'))];
    await a.upload(1, '1', 'Prod');
    await tell(a, b, ['1']);
    await b.sweepAll();
    b.held.delete(shaOf('1'));
    b.settings.stage = 'Test';
    await b.sweepAll();
    expect(await found(b)).toMatchObject({ status: 'Downloading' });
    expect(await wanted(b)).toEqual([shaOf('1')]);
    await b.fetched(shaOf('1'));
    expect(await found(b)).toMatchObject({ status: 'Public' });
  });
});
