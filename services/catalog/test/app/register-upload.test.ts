import { describe, expect, test } from 'vitest';
import { contentOf, issOf, nomadUuid, shaOf } from '../support/records.ts';
import { createTestServer, metadataOf, uploadIdOf, uploadOf } from '../support/test-server.ts';

const server = () => createTestServer(issOf('a'));

/** What a new package leads to on the server that it is uploaded to. */
const made = ['PackageUploaded', 'PackagePublished', 'PackageServedHeadChanged'];

describe('registering an upload', () => {
  test('makes a public package with a number, a uuid and a signature', async () => {
    const a = server();
    const answer = await a.upload(1, '1', 'Dev');
    expect(answer).toMatchObject({
      outcome: 'created',
      package: { id: 1, uuid: nomadUuid, filename: 'NoMAD.pkg', status: 'Public', stage: 'Dev', content: contentOf('1') },
    });
    const [head, ...others] = answer.package?.heads ?? [];
    expect(head).toMatchObject({ stage: 'Dev', status: 'Public', changedBy: a.iss, actor: 'account:admin', act: 'upload' });
    expect(others).toEqual([]);
    expect((await a.state()).changes).toMatchObject([{ iss: a.iss, signature: expect.objectContaining({ length: 64 }) }]);
    expect(await a.types()).toEqual(made);
  });

  test('reads and folds the stream of the package once', async () => {
    const a = server();
    await a.upload(1, '1', 'Dev');
    await a.upload(2, '2', 'Dev', { replace: true });
    const stream = `package-${nomadUuid}`;
    expect(a.read).toEqual([stream, stream]);
  });

  test('is answered the same when it is repeated', async () => {
    const a = server();
    const first = await a.upload(1, '1', 'Prod');
    expect(await a.upload(1, '1', 'Prod')).toEqual(first);
    expect(await a.types()).toEqual(made);
  });

  test('of the same bytes, name and stage gives the same package', async () => {
    const a = server();
    const first = await a.upload(1, '1', 'Prod');
    expect(await a.upload(2, '1', 'Prod')).toEqual({ ...first, outcome: 'unchanged' });
    expect(await a.types()).toEqual(made);
  });

  test('compares names in NFC and keeps them so', async () => {
    const a = server();
    const nfd = 'Gro\u0308ße.pkg';
    const first = await a.upload(1, '1', 'Prod', { filename: nfd });
    expect(first.package?.filename).toBe('Größe.pkg');
    expect(await a.upload(2, '1', 'Prod', { filename: 'Größe.pkg' })).toMatchObject({ outcome: 'unchanged' });
  });

  test('keeps names apart that differ in case', async () => {
    const a = server();
    await a.upload(1, '1', 'Prod');
    expect(await a.upload(2, '2', 'Prod', { filename: 'nomad.pkg' })).toMatchObject({ outcome: 'created', package: { id: 2 } });
  });

  test('of other bytes under the name is refused for ever, and that is recorded', async () => {
    const a = server();
    await a.upload(1, '1', 'Prod');
    const refused = await a.upload(2, '2', 'Prod');
    expect(refused).toMatchObject({ outcome: 'refused', package: undefined, refusalCode: 'CATALOG_FILENAME_TAKEN' });
    expect(refused.refusalReason).toContain('package 1');
    await a.upload(3, '2', 'Prod', { replace: true });
    expect(await a.upload(2, '2', 'Prod')).toEqual(refused);
    expect(await a.store.readStream(`upload-${uploadIdOf(2)}`)).toHaveLength(1);
  });

  test('that replaces makes a new revision of the same package', async () => {
    const a = server();
    await a.upload(1, '1', 'Prod');
    a.clock.advance(60_000);
    const answer = await a.upload(2, '2', 'Test', { replace: true });
    expect(answer).toMatchObject({
      outcome: 'replaced',
      package: {
        id: 1,
        serves: 'Prod',
        content: contentOf('1'),
        heads: [
          { stage: 'Test', content: contentOf('2'), act: 'replace' },
          { stage: 'Prod', content: contentOf('1'), act: 'upload' },
        ],
      },
    });
    expect(await a.upload(3, '3', 'Prod', { replace: true })).toMatchObject({ package: { id: 1, content: contentOf('3') } });
    expect(await a.serves()).toBe(shaOf('3'));
  });

  test('of the same bytes in another stage is pointed to a promotion, also with replace', async () => {
    const a = server();
    await a.upload(1, '1', 'Prod');
    const refused = await a.upload(2, '1', 'Test', { replace: true });
    expect(refused).toMatchObject({ outcome: 'refused', refusalCode: 'CATALOG_STAGE_DIFFERS' });
    expect(refused.refusalReason).toContain('POST /api/v1/packages/1/demote with {"from":"Prod","to":"Test"}');
    const raised = await a.upload(3, '2', 'Dev', { replace: true }).then(() => a.upload(4, '2', 'Prod', { replace: true }));
    expect(raised.refusalReason).toContain('POST /api/v1/packages/1/promote with {"from":"Dev","to":"Prod"}');
  });

  test.each([
    ['a path', { filename: '../x.pkg' }, 'CATALOG_FILENAME_INVALID'],
    ['an extension that is not allowed', { filename: 'x.exe' }, 'CATALOG_FILENAME_INVALID'],
    ['an unknown stage', { stage: 'prod' }, 'CATALOG_STAGE_UNKNOWN'],
  ])('with %s is a recorded refusal', async (_what, more, code) => {
    const a = server();
    expect(await a.upload(1, '1', 'Prod', more)).toMatchObject({ outcome: 'refused', refusalCode: code });
    expect(await a.types()).toEqual(['UploadRejected']);
  });

  test.each([
    ['uploadId', { uploadId: 'x' }],
    ['sha256', { sha256: 'x' }],
    ['sha1', { sha1: 'x' }],
    ['manifestDigest', { manifestDigest: 'x' }],
    ['sizeBytes', { sizeBytes: 0n }],
  ])('that storage cannot have received is an error: %s', async (_field, more) => {
    const a = server();
    await expect(a.upload(1, '1', 'Prod', more)).rejects.toMatchObject({ code: 'COMMON_REQUEST_INVALID' });
    expect(await a.types()).toEqual([]);
  });

  test('of one name at once makes exactly one package', async () => {
    const a = server();
    const answers = await Promise.all(['1', '2', '3', '1'].map((content, index) => a.upload(index + 1, content, 'Prod')));
    const outcomes = answers.map((answer) => answer.outcome);
    expect(outcomes.filter((outcome) => outcome === 'created')).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === 'refused').length).toBeGreaterThanOrEqual(2);
    expect(await a.list()).toMatchObject([{ status: 'Public' }]);
  });

  test.each([
    ['is refused, and the refusal recorded', false, { outcome: 'refused', refusalCode: 'CATALOG_FILENAME_TAKEN' }],
    ['replaces that one', true, { outcome: 'replaced', package: { id: 1, heads: [{ stage: 'Prod', contenders: [] }] } }],
  ])('that another one of the name overtakes %s', async (_what, replace, answer) => {
    const a = server();
    // Who this server is, is asked between reading the package and writing.
    a.settings.onServerAsked = async () => {
      a.settings.onServerAsked = async () => undefined;
      await a.upload(2, '2', 'Prod');
    };
    expect(await a.upload(1, '1', 'Prod', { replace })).toMatchObject(answer);
    expect(await a.serves()).toBe(shaOf(replace ? '1' : '2'));
    expect((await a.state()).changes).toHaveLength(1);
    expect(await a.upload(1, '1', 'Prod', { replace })).toMatchObject(answer);
  });

  test('that comes late, after another revision, is refused for ever, and that is recorded', async () => {
    const a = server();
    await a.upload(1, '1', 'Prod');
    a.clock.advance(1_000);
    const completedAt = a.clock.now();
    a.clock.advance(1_000);
    await a.upload(2, '2', 'Prod', { replace: true });
    const late = await a.upload(3, '3', 'Prod', { replace: true, completedAt });
    expect(late).toMatchObject({ outcome: 'refused', refusalCode: 'CATALOG_CONTENT_CHANGED' });
    expect((await a.types()).at(-1)).toBe('UploadRejected');
    expect(await a.serves()).toBe(shaOf('2'));
    expect(await a.upload(3, '3', 'Prod', { replace: true, completedAt })).toEqual(late);
  });

  test('that was registered while its client waited is not refused when it comes again late', async () => {
    const a = server();
    await a.upload(1, '1', 'Prod');
    const completedAt = a.clock.now();
    const first = await a.upload(2, '2', 'Prod', { replace: true });
    a.clock.advance(1_000);
    await a.upload(3, '3', 'Prod', { replace: true });
    expect(await a.upload(2, '2', 'Prod', { replace: true, completedAt })).toMatchObject({ outcome: first.outcome });
  });

  test('whose caller went away in the midst of it is not stored', async () => {
    const a = server();
    const abort = new AbortController();
    a.settings.onServerAsked = async () => abort.abort();
    const registering = a.registerUpload(uploadOf(1, '1', 'Prod'), metadataOf(), abort.signal);
    await expect(registering).rejects.toMatchObject({ code: 'COMMON_DEADLINE_EXCEEDED' });
    expect(await a.types()).toEqual([]);
  });

  test('that was registered is answered the same when it comes again after a change, with the package as it is now', async () => {
    const a = server();
    await a.upload(1, '1', 'Prod');
    await a.act({ act: 'move', to: 'Test' });
    const types = await a.types();
    a.settings.reachable = false;
    expect(await a.upload(1, '1', 'Prod')).toMatchObject({
      outcome: 'created',
      package: { version: BigInt(types.length), stage: 'Test', heads: [{ stage: 'Test' }] },
    });
    expect(await a.types()).toEqual(types);
  });

  test('tries again when it could not be signed', async () => {
    const a = server();
    a.settings.reachable = false;
    await expect(a.upload(1, '1', 'Prod')).rejects.toMatchObject({ code: 'COMMON_SERVICE_UNAVAILABLE' });
    a.settings.reachable = true;
    expect(await a.upload(1, '1', 'Prod')).toMatchObject({ outcome: 'created' });
  });

  test('names the uploader in the events', async () => {
    const a = server();
    await a.registerUpload(uploadOf(1, '1', 'Prod'), { ...metadataOf('account:ci'), correlationId: 'c1' });
    const [event] = await a.store.readAll(0n, 1);
    expect(event?.metadata).toMatchObject({ actor: 'account:ci', correlationId: 'c1', commandId: uploadIdOf(1) });
  });
});
