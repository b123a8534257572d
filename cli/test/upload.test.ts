import { ApiProblem, ApiUnreachable } from '@odst/api-client';
import { describe, expect, test } from 'vitest';
import type { Sending } from '../src/files.ts';
import { Fault, InputFault } from '../src/status.ts';
import { items, odst, problemOf } from './support/odst.ts';

const sha256 = 'b'.repeat(64);
const at = 'http://127.0.0.1:8080/api/v1/uploads/u1';
const unknown = () => problemOf(404, { detail: 'no package', code: 'CATALOG_PACKAGE_UNKNOWN' });
const upload = (outcome: string | null, rest: object = {}) => ({ id: 'u1', outcome, packageId: 7, refusal: null, ...rest });
const held = (head: object = {}) => ({
  ...{ id: 7, filename: 'NoMAD.pkg' },
  heads: { Dev: { sha256, status: 'Public', conflict: false, ...head }, Test: null, Prod: null },
});

/** The state folder, in memory, and what was sent. */
function machine(send: (sending: Sending) => Promise<string> = async () => at, kept?: object) {
  const sent: Sending[] = [];
  const files = new Map<string, string>();
  if (kept !== undefined) files.set('/home/eva/.local/state/odst/uploads.json', JSON.stringify(kept));
  const world = {
    ownFiles: {
      read: async (path: string) => (files.has(path) ? { text: files.get(path) ?? '', mode: 0o100600 } : undefined),
      write: async (path: string, text: string) => void files.set(path, text),
    },
    files: {
      send: async (sending: Sending) => {
        sent.push(sending);
        return await send(sending);
      },
    },
  };
  return { sent, world, remembered: () => JSON.parse([...files.values()][0] ?? '{}') as Record<string, { url: string }> };
}

const env = { HOME: '/home/eva' };
const key = `http://127.0.0.1:8080 Dev new NoMAD.pkg ${sha256}`;

describe('odst upload', () => {
  test('sends what the server lacks, with its digest, and says what became of it', async () => {
    const { sent, world, remembered } = machine(async ({ onUrl }) => {
      onUrl(at);
      return at;
    });
    const { code, out, requests } = await odst('upload NoMAD.pkg --stage Dev', [unknown(), upload('created')], env, world);
    expect([code, out]).toEqual([0, ['NoMAD.pkg: uploaded to Dev (package 7, 9.8 KB, SHA-256 bbbbbbbbbbbb…)']]);
    expect(sent).toMatchObject([{ metadata: { filename: 'NoMAD.pkg', stage: 'Dev', sha256 }, file: { sizeBytes: 10_000 } }]);
    expect(sent[0]).not.toHaveProperty('uploadUrl');
    expect(sent[0]?.metadata).not.toHaveProperty('replace');
    expect(requests.at(-1)).toContain('GET http://127.0.0.1:8080/api/v1/uploads/u1');
    expect(remembered()).toEqual({});
  });

  test('sends nothing where the stage has exactly this, and ends with 10', async () => {
    const { sent, world } = machine();
    const { code, out } = await odst('upload NoMAD.pkg --stage Dev', [held()], env, world);
    expect([code, out, sent]).toEqual([10, ['NoMAD.pkg: unchanged; Dev has exactly this (SHA-256 bbbbbbbbbbbb…)'], []]);
  });

  test.each([
    ['other content', { sha256: 'c'.repeat(64) }],
    ['a conflict', { conflict: true }],
    ['bytes that are still on their way', { status: 'Downloading' }],
  ])('sends it where the stage has %s', async (_what, head) => {
    const { sent, world } = machine();
    const { code, out } = await odst('upload NoMAD.pkg --stage Dev --replace', [held(head), upload('replaced')], env, world);
    expect([code, out]).toEqual([0, [expect.stringContaining('uploaded to Dev, in place of other content')]]);
    const seen = 'sha256' in head ? head.sha256 : sha256;
    expect(sent).toMatchObject([{ metadata: { replace: 'true', replaces: seen }, replaces: seen }]);
  });

  test('replaces what a name of digits alone has, which would be an id', async () => {
    const { sent, world } = machine();
    const other = { ...held({ sha256: 'c'.repeat(64) }), filename: '2026' };
    const answers = [items({ ...other, id: 8, filename: '12026' }, other), upload('replaced')];
    const { code, requests } = await odst('upload 2026 --stage Dev --replace', answers, env, world);
    expect([code, sent[0]?.replaces]).toEqual([0, 'c'.repeat(64)]);
    expect(requests[0]).toContain('/api/v1/packages?q=2026');
  });

  test('goes on with the upload of before', async () => {
    const { sent, world, remembered } = machine(async () => at, { [key]: { url: at, at: '2025-12-31T00:00:00Z' } });
    const { code, err } = await odst('upload NoMAD.pkg --stage Dev', [unknown(), upload('created')], env, world);
    expect([code, err, sent[0]?.uploadUrl]).toEqual([0, 'NoMAD.pkg: goes on with the upload of before', at]);
    expect(remembered()).toEqual({});
  });

  test('begins anew where the server does not have that any more', async () => {
    const other = at.replace('u1', 'u2');
    const { sent, world } = machine(
      async ({ uploadUrl }) => {
        if (uploadUrl === at) throw new ApiProblem(410, { code: 'STORAGE_UPLOAD_EXPIRED' });
        return other;
      },
      { [key]: { url: at, at: '2025-12-31T00:00:00Z' } },
    );
    const { code, requests } = await odst('upload NoMAD.pkg --stage Dev', [unknown(), upload('created')], env, world);
    expect([code, sent.map(({ uploadUrl }) => uploadUrl)]).toEqual([0, [at, undefined]]);
    expect(requests.at(-1)).toContain('/uploads/u2');
  });

  test.each([
    ['is old', { [key]: { url: at, at: '2025-12-01T00:00:00Z' } }],
    ['is of other content', { [key.replace('bb', 'cc')]: { url: at, at: '2025-12-31T00:00:00Z' } }],
    ['nobody can read', ['x']],
  ])('goes on with nothing that %s', async (_what, kept) => {
    const { sent, world } = machine(undefined, kept);
    await odst('upload NoMAD.pkg --stage Dev', [unknown(), upload('created')], env, world);
    expect(sent[0]).not.toHaveProperty('uploadUrl');
  });

  test('is uploaded also where nothing can be remembered, as by a service without a home', async () => {
    const nowhere = async (path: string) => {
      throw new InputFault(`${path} cannot be written (EACCES)`);
    };
    const { world } = machine(async ({ onUrl }) => {
      onUrl(at);
      await Promise.resolve();
      return at;
    });
    const ownFiles = { read: nowhere, write: nowhere };
    const { code, err, out } = await odst('upload NoMAD.pkg --stage Dev', [unknown(), upload('created')], env, {
      ...world,
      ownFiles,
    });
    expect([code, out]).toEqual([0, [expect.stringContaining('NoMAD.pkg: uploaded to Dev')]]);
    expect(err).toMatch(/uploads\.json cannot be written \(EACCES\): .* begins anew/);
  });

  test('remembers where it was when it is interrupted, and says so', async () => {
    const { world, remembered } = machine(async ({ onUrl, onBytes }) => {
      onUrl(at);
      onBytes(4_096);
      throw new Fault('interrupted', 'interrupted');
    });
    const { code, err } = await odst('upload NoMAD.pkg Other.pkg --stage Dev', [unknown()], env, world);
    expect(code).toBe(130);
    expect(err).toBe('interrupted: 4.0 KB of 9.8 KB of NoMAD.pkg were sent. The same command goes on there');
    expect(remembered()).toEqual({ [key]: { url: at, at: '2026-01-01T00:00:00.000Z' } });
  });

  test.each<[string, Error, number, boolean]>([
    ['a server that stays away', new ApiUnreachable('away', 'ECONNRESET', undefined), 1, true],
    ['a full disk', new ApiProblem(507, { detail: 'no room' }), 1, true],
    ['a token that ended', new ApiProblem(401, { detail: 'expired' }), 4, true],
    ['a name that is taken', new ApiProblem(422, { detail: 'taken', code: 'CATALOG_FILENAME_TAKEN' }), 3, false],
  ])('of %s ends as a script needs it', async (_what, error, status, isRemembered) => {
    const { world, remembered } = machine(async ({ onUrl }) => {
      onUrl(at);
      throw error;
    });
    const { code, out } = await odst('upload NoMAD.pkg --stage Dev --json', [unknown()], env, world);
    expect([code, Object.keys(remembered()).length]).toEqual([status, isRemembered ? 1 : 0]);
    expect(JSON.parse(out[0] ?? '')).toMatchObject({ items: [{ file: 'NoMAD.pkg', outcome: 'failed', problem: {} }] });
  });

  test('that was refused at its end says why', async () => {
    const { world } = machine();
    const refusal = { status: 422, detail: 'the bytes are not those', code: 'STORAGE_UPLOAD_DIGEST_MISMATCH' };
    const { code, err } = await odst('upload NoMAD.pkg --stage Dev', [unknown(), upload(null, { refusal })], env, world);
    expect([code, err]).toEqual([3, 'NoMAD.pkg: the bytes are not those (STORAGE_UPLOAD_DIGEST_MISMATCH)']);
  });

  test('of before that was refused meanwhile says why, and is not gone on with again', async () => {
    const { world, remembered } = machine(
      async () => {
        throw new ApiProblem(422, {});
      },
      { [key]: { url: at, at: '2025-12-31T00:00:00Z' } },
    );
    const refusal = { status: 422, detail: 'taken meanwhile', code: 'CATALOG_FILENAME_TAKEN' };
    const { code, err } = await odst('upload NoMAD.pkg --stage Dev', [unknown(), upload(null, { refusal })], env, world);
    expect([code, err, remembered()]).toEqual([3, expect.stringContaining('taken meanwhile'), {}]);
  });

  test.each([
    ['uploaded and unchanged', ['created', undefined], 0],
    ['unchanged and refused', [undefined, 'taken'], 3],
  ])('of files that are %s ends with the status of the worst', async (_what, [first, second], status) => {
    const { world } = machine(async ({ file: { name } }) => {
      if (name === 'B.pkg') throw new ApiProblem(422, { detail: 'taken' });
      return at;
    });
    const answersOf = (outcome: string | undefined) =>
      outcome === 'created' ? [unknown(), upload(outcome)] : outcome === 'taken' ? [unknown()] : [held()];
    const { code, out } = await odst(
      'upload A.pkg B.pkg --stage Dev --json',
      [...answersOf(first), ...answersOf(second)],
      env,
      world,
    );
    expect(code).toBe(status);
    expect((JSON.parse(out[0] ?? '') as { items: object[] }).items).toHaveLength(2);
  });

  test('of a file that there is not fails, and the others go on', async () => {
    const { world } = machine();
    const describe = async (path: string) => {
      if (path === 'A.pkg') throw new Fault('failed', 'there is no file A.pkg');
      return { path, name: path, sizeBytes: 1 };
    };
    const { code, out, err } = await odst('upload A.pkg B.pkg --stage Dev', [held()], env, {
      ...world,
      files: { ...world.files, describe },
    });
    expect([code, err, out.length]).toEqual([1, 'there is no file A.pkg', 1]);
  });
});

describe('odst upload --wait', () => {
  const site = (name: string, state: string, reason: string | null = null) => ({ iss: name, name, state, reason });
  const coverage = (...sites: readonly ReturnType<typeof site>[]) =>
    items({ stage: 'Dev', sha256, held: sites.filter(({ state }) => state === 'verified').length, of: sites.length, sites });
  const here = site('Berlin', 'verified');
  const paris = site('Paris', 'downloading');
  const { world } = machine();

  test('ends when all sites hold it, and tells how it goes', async () => {
    const answers = [held(), coverage(here, paris), coverage(here, paris), coverage(here, site('Paris', 'verified'))];
    const { code, err, requests, waitedMs } = await odst('upload NoMAD.pkg --stage Dev --wait all', answers, env, world);
    expect([code, err]).toEqual([10, 'NoMAD.pkg: 1 of 2 sites hold it\nNoMAD.pkg: 2 of 2 sites hold it']);
    expect(requests.slice(1).map((line) => line.split(' ')[1]?.split('?')[1])).toEqual([
      ...['stage=Dev&wait=all&waitSeconds=0', 'stage=Dev&wait=all&waitSeconds=30', 'stage=Dev&wait=all&waitSeconds=30'],
    ]);
    // This clock stands still, as when a server does not wait: it is not asked without a pause.
    expect(waitedMs).toBe(2_000);
  });

  test('waits for what is not counted yet, and says so when the time is over', async () => {
    const answers = [unknown(), upload('created'), items(), coverage(here)];
    const { code, err } = await odst('upload NoMAD.pkg --stage Dev --wait all', answers, env, world);
    expect([code, err]).toEqual([0, 'NoMAD.pkg is not counted yet\nNoMAD.pkg: 1 of 1 sites hold it']);
    const other = items({ stage: 'Dev', sha256: 'c'.repeat(64), held: 1, of: 1, sites: [] });
    const moved = await odst('upload NoMAD.pkg --stage Dev --wait 1 --wait-seconds 0', [held(), other], env, world);
    expect([moved.code, moved.err]).toEqual([5, expect.stringContaining('does Dev have other content by now?')]);
  });

  test('is not done where no site takes the stage', async () => {
    const { code, err } = await odst('upload NoMAD.pkg --stage Dev --wait all', [held(), coverage()], env, world);
    expect([code, err]).toEqual([5, expect.stringContaining('no site takes anything of Dev')]);
  });

  test('ends when so many do', async () => {
    const { code, out } = await odst(
      'upload NoMAD.pkg --stage Dev --wait 1 --json',
      [unknown(), upload('created'), coverage(here, paris)],
      env,
      world,
    );
    expect([code, JSON.parse(out[0] ?? '')]).toMatchObject([0, { items: [{ outcome: 'created', sites: { held: 1, of: 2 } }] }]);
  });

  test('ends when a site does, by its name', async () => {
    const servers = items({ iss: 'Paris', name: 'Paris', retired: false }, { iss: 'x', name: 'Lab', retired: true });
    const answers = [servers, held(), coverage(here, paris), coverage(here, site('Paris', 'verified'))];
    expect((await odst('upload NoMAD.pkg --stage Dev --wait Paris', answers, env, world)).code).toBe(10);
    for (const sites of [coverage(here), coverage(here, site('Paris', 'withheld'))]) {
      const never = await odst('upload NoMAD.pkg --stage Dev --wait Paris', [servers, held(), sites], env, world);
      expect([never.code, never.err]).toEqual([5, expect.stringContaining('Paris takes nothing of Dev')]);
    }
    const none = await odst('upload NoMAD.pkg --stage Dev --wait Lab', [servers], env, world);
    expect([none.code, none.err]).toEqual([2, expect.stringContaining('there is none named Lab')]);
  });

  test('ends with 5 when the time is over, and says who lacks it and why', async () => {
    const answers = [held(), coverage(here, site('Paris', 'retrying', 'no route to host'))];
    const { code, err } = await odst('upload NoMAD.pkg --stage Dev --wait all --wait-seconds 0', answers, env, world);
    expect(code).toBe(5);
    expect(err).toContain('1 of 2 sites hold it after 0 s; not yet: Paris (no route to host). It goes on without this command');
    expect((await odst('upload NoMAD.pkg --stage Dev --wait all --wait-seconds x', [], env, world)).code).toBe(2);
  });
});
