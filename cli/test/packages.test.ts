import { describe, expect, test } from 'vitest';
import { run } from '../src/run.ts';
import { bareTerminal } from './support/odst.ts';

const old = 'a'.repeat(64);
const newer = 'b'.repeat(64);
const at = '2026-01-01T00:00:00.000Z';
const head = (sha256: string | null, rest: object = {}) => ({
  ...{
    sha256,
    sha1: null,
    sizeBytes: sha256 === null ? null : 3_460_301,
    changedAt: at,
    changedBy: 'c'.repeat(32),
    changedByName: 'Paris',
  },
  ...{ actor: 'account:eva', act: 'upload', status: 'Public', conflict: false, ...rest },
});
const nomad = {
  ...{ id: 7, filename: 'NoMAD.pkg', version: 3, serves: 'Prod', status: 'Public', sizeBytes: 3_460_301 },
  heads: { Dev: head(newer), Test: null, Prod: head(old) },
  ...{ awaitsConfirmation: false, trash: 0, leaving: [], letGo: [] },
};
const content = (sha256: string) => ({ sha256, sha1: '', sizeBytes: 1_024 });
const problemType = { 'content-type': 'application/problem+json' };
const base = 'http://127.0.0.1:8080/api/v1';

/** Runs a command against the answers of paths, by `METHOD path`. */
async function odst(args: readonly string[], answers: Readonly<Record<string, object | undefined>>) {
  const requests: string[] = [];
  const out: string[] = [];
  const err: string[] = [];
  const code = await run(args, {
    ...bareTerminal,
    env: { ODST_PASSWORD: 'secret' },
    fetch: async (sent) => {
      const body = await sent.text();
      const request = `${sent.method} ${sent.url.replace(base, '')}`;
      requests.push(body === '' ? request : `${request} ${body}`);
      if (!Object.hasOwn(answers, request))
        return Response.json({ detail: `no ${request}`, code: 'X' }, { status: 404, headers: problemType });
      return answers[request] === undefined ? new Response(null, { status: 204 }) : Response.json(answers[request]);
    },
    wait: async () => undefined,
    print: (line) => void out.push(line),
    complain: (line) => void err.push(line),
  });
  return { code, requests, out, err: err.join('\n') };
}

const found = { 'GET /packages/NoMAD.pkg': nomad };
const effects = {
  effects: [
    { stage: 'Dev', before: content(newer), after: content(newer) },
    { stage: 'Test', before: content(old), after: null },
    { stage: 'Prod', before: content(old), after: null },
  ],
  former: null,
  toTrash: [],
  trashDays: 30,
};
const told = [
  'Dev sites: no change, bbbbbbbbbbbb (1.0 KB)',
  'Test sites: aaaaaaaaaaaa (1.0 KB) → nothing',
  'Prod sites: aaaaaaaaaaaa (1.0 KB) → nothing',
];
const summary = 'NoMAD.pkg (7), version 3: Public, this server serves Prod; Dev bbbbbbbbbbbb, Test -, Prod aaaaaaaaaaaa';

describe('odst packages', () => {
  test('list prints a line for each of all pages, with what each stage has', async () => {
    const gone = {
      ...nomad,
      id: 8,
      status: 'Withheld',
      serves: null,
      heads: { Dev: head(newer, { conflict: true }), Test: null, Prod: null },
    };
    const { code, out, requests } = await odst(['packages', 'list'], {
      'GET /packages?limit=1000': { items: [nomad], next: 'x y' },
      'GET /packages?limit=1000&after=x%20y': { items: [gone], next: null },
    });
    expect(code).toBe(0);
    expect(out).toEqual([
      'ID  NAME       STATUS    SERVES  DEV            TEST  PROD          SIZE',
      '7   NoMAD.pkg  Public    Prod    bbbbbbbbbbbb   -     aaaaaaaaaaaa  3.3 MB',
      '8   NoMAD.pkg  Withheld  -       bbbbbbbbbbbb!  -     -             3.3 MB',
    ]);
    expect(requests).toHaveLength(2);
  });

  test('list asks for what the flags say', async () => {
    const path =
      'GET /packages?limit=1000&stage=Dev&status=Public&q=No%20MAD&deleted=true&conflict=true&behind=true&awaitsConfirmation=true';
    const flags = [
      '--stage',
      'Dev',
      '--status',
      'Public',
      '--search',
      'No MAD',
      '--deleted',
      '--conflict',
      '--behind',
      '--unconfirmed',
    ];
    const { out } = await odst(['packages', 'list', ...flags], { [path]: { items: [], next: null } });
    expect(out).toEqual(['no packages']);
  });

  test('show prints what a package is in each stage, and nothing of it but as text', async () => {
    const evil = {
      ...nomad,
      heads: { ...nomad.heads, Prod: head(old, { actor: 'a\u001b[31m', act: 'replace', conflict: true }) },
      trash: 2,
    };
    const { out } = await odst(['packages', 'show', 'NoMAD.pkg'], { 'GET /packages/NoMAD.pkg': evil });
    expect(out).toEqual([
      `${summary.replace(/$/, '')}!; 2 in the trash`,
      'STAGE  STATUS  SIZE    SINCE                     BY           AT SERVER  ACT                   SHA-256',
      `Dev    Public  3.3 MB  ${at}  account:eva  Paris      upload                ${newer}`,
      'Test   -       -       -                         -            -          -                     -',
      `Prod   Public  3.3 MB  ${at}  a\\u001b[31m  Paris      replace, in conflict  ${old}`,
    ]);
  });

  test('revisions prints what stands, what stood, and where the bytes are', async () => {
    const revision = {
      ...content(newer),
      stage: 'Prod',
      changedAt: at,
      changedBy: 'c'.repeat(32),
      changedByName: 'Paris',
      actor: 'account:eva',
      act: 'replace',
      stands: true,
      isHere: true,
      trashedAt: null,
    };
    const items = [
      revision,
      { ...revision, sha256: old, stands: false, trashedAt: at },
      { ...revision, stands: false, isHere: false },
    ];
    const { out } = await odst(['packages', 'revisions', 'NoMAD.pkg'], {
      ...found,
      'GET /packages/7/revisions?limit=1000': { items, next: null },
    });
    expect(out.slice(1).map((line) => line.split(/ {2,}/).filter((_, index) => index < 2 || index === 4 || index > 6))).toEqual([
      ['Prod', 'stands', 'Paris', 'here', newer],
      ['Prod', 'former', 'Paris', `trash since ${at}`, old],
      ['Prod', 'former', 'Paris', '-', newer],
    ]);
  });

  test('compare finds contents by stage and by first digits, and says what they share', async () => {
    const revisions = { items: [content(old), content(`b1${'b'.repeat(62)}`), content(newer)], next: null };
    const compared = { from: content(old), to: content(newer), shared: { chunks: 3, ofChunks: 4, bytes: 768, strip: [75] } };
    const answers = {
      ...found,
      'GET /packages/7/revisions?limit=1000': revisions,
      [`GET /packages/7/compare?from=${old}&to=${newer}`]: compared,
    };
    const compare = (from: string, to: string) => odst(['packages', 'compare', 'NoMAD.pkg', '--from', from, '--to', to], answers);
    for (const [from, to] of [['Prod', 'Dev'] as const, ['AAAAAA', newer] as const]) {
      expect((await compare(from, to)).out).toEqual([
        `from  ${old}  1.0 KB`,
        `to    ${newer}  1.0 KB`,
        '3 of the 4 chunks of "to" are in "from" too: 768.0 B are shared, 256.0 B are not.',
      ]);
    }
    const unknown = { ...answers, [`GET /packages/7/compare?from=${old}&to=${newer}`]: { ...compared, shared: null } };
    const { out } = await odst(['packages', 'compare', 'NoMAD.pkg', '--from', 'Prod', '--to', 'Dev'], unknown);
    expect(out.at(-1)).toContain('What they share is not known');
    for (const [named, why] of [
      ['Test', 'NoMAD.pkg has nothing in Test'],
      ['cccccc', 'no content of NoMAD.pkg: cccccc; see odst packages revisions 7'],
      ['bbbbb', 'is none of Dev, Test, Prod'],
    ] as const) {
      expect(await compare(named, 'Dev')).toMatchObject({ code: 2, err: expect.stringContaining(why) });
    }
  });

  test('trash prints what lies there, and until when', async () => {
    const items = [{ ...content(old), package: { id: 7, filename: 'NoMAD.pkg' }, trashedAt: at, leavesAt: at }];
    const { out } = await odst(['packages', 'trash'], { 'GET /trash?limit=1000': { items, next: null } });
    expect(out.map((line) => line.split(/ {2,}/)).at(-1)).toEqual(['7', 'NoMAD.pkg', '1.0 KB', at, at, old]);
    const none = await odst(['packages', 'trash'], { 'GET /trash?limit=1000': { items: [], next: null } });
    expect([none.code, [...none.out, none.err]]).toEqual([0, expect.arrayContaining(['nothing in the trash'])]);
  });

  test('show says what is kept though no stage has it that this server takes, and because of whom something was let go', async () => {
    const kept = { ...nomad, serves: 'Dev', leaving: [{ ...content(newer), since: at }] };
    const shownKept = await odst(['packages', 'show', 'NoMAD.pkg'], { 'GET /packages/NoMAD.pkg': kept });
    expect(shownKept.out[0]).toContain('; kept here until another server holds it');
    expect(shownKept.out.at(-1)).toBe(
      `bbbbbbbbbbbb: no stage that this server takes has it; kept and served until another server that takes it has said that it holds it. Since ${at}.`,
    );
    const gone = {
      ...nomad,
      serves: null,
      letGo: [{ ...content(newer), letGoAt: at, holder: { iss: 'c'.repeat(32), name: 'Lab' } }],
    };
    const { out } = await odst(['packages', 'show', 'NoMAD.pkg'], { 'GET /packages/NoMAD.pkg': gone });
    expect(out.at(-1)).toBe(`bbbbbbbbbbbb: not served here since ${at}: Lab has said that it holds it.`);
  });

  test('history prints what happened', async () => {
    const entry = {
      recordedAt: at,
      type: 'PackagePromoted',
      actor: 'account:eva',
      changedBy: 'c'.repeat(32),
      changedByName: 'Paris',
    };
    const items = [
      { ...entry, data: { change: { reason: 'a week at Dev sites' } } },
      { ...entry, changedByName: null, data: { change: { reason: '' } } },
      { ...entry, type: 'PackageWanted', changedBy: null, changedByName: null, data: { filename: 'NoMAD.pkg' } },
      { ...entry, type: 'PackageLetGo', changedBy: null, changedByName: null, data: { holderName: 'Lab' } },
    ];
    const { out } = await odst(['packages', 'history', 'NoMAD.pkg'], {
      ...found,
      'GET /packages/7/history?limit=1000': { items, next: null },
    });
    expect(out.map((line) => line.split(/ {2,}/))).toEqual([
      ['AT', 'EVENT', 'BY', 'AT SERVER', 'REASON'],
      [at, 'PackagePromoted', 'account:eva', 'Paris', 'a week at Dev sites'],
      [at, 'PackagePromoted', 'account:eva', 'c'.repeat(32), '-'],
      [at, 'PackageWanted', 'account:eva', '-', '-'],
      [at, 'PackageLetGo', 'account:eva', '-', 'Lab has said that it holds it'],
    ]);
  });

  test.each([
    [['promote', 'NoMAD.pkg', '--to', 'Prod'], 'POST /packages/7/promote', '{"to":"Prod"}'],
    [
      ['promote', 'NoMAD.pkg', '--to', 'Prod', '--from', 'Dev', '--sha256', newer, '--reason', 'tried'],
      'POST /packages/7/promote',
      `{"from":"Dev","to":"Prod","sha256":"${newer}","reason":"tried"}`,
    ],
    [['restore', 'NoMAD.pkg'], 'POST /packages/7/restore', '{}'],
    [['restore', 'NoMAD.pkg', '--stage', 'Prod'], 'POST /packages/7/restore', '{"stage":"Prod"}'],
    [['demote', 'NoMAD.pkg', '--to', 'Test', '--yes'], 'POST /packages/7/demote', '{"to":"Test"}'],
    [['rollback', 'NoMAD.pkg', '--stage', 'Prod', '--yes'], 'POST /packages/7/rollback', '{"stage":"Prod"}'],
    [['confirm', 'NoMAD.pkg', '--yes'], 'POST /packages/7/confirm', undefined],
  ])('%j does it and prints the package as it is then', async (args, request, body) => {
    const { code, out, requests } = await odst(['packages', ...args, '--user', 'eva'], { ...found, [request]: nomad });
    expect([code, out]).toEqual([0, [summary]]);
    expect(requests).toEqual(['GET /packages/NoMAD.pkg', body === undefined ? request : `${request} ${body}`]);
  });

  test('delete --yes does it and prints what is left', async () => {
    const left = {
      ...nomad,
      status: 'Deleted',
      serves: null,
      heads: { Dev: null, Test: null, Prod: null },
      sizeBytes: null,
      trash: 1,
      awaitsConfirmation: true,
    };
    const { out, requests } = await odst(['packages', 'delete', 'NoMAD.pkg', '--stage', 'Prod', '--reason', 'a b', '--yes'], {
      ...found,
      'DELETE /packages/7?stage=Prod&reason=a%20b': undefined,
      'GET /packages/7': left,
    });
    expect(requests).toContain('DELETE /packages/7?stage=Prod&reason=a%20b');
    expect(out).toEqual([
      'NoMAD.pkg (7), version 3: Deleted; Dev -, Test -, Prod -; deleted at another server, and served here until you confirm: odst packages confirm 7; 1 in the trash',
    ]);
  });

  test.each([
    [['delete', 'NoMAD.pkg'], 'DELETE /packages/7?dryRun=true', 'delete NoMAD.pkg'],
    [['delete', 'NoMAD.pkg', '--stage', 'Prod'], 'DELETE /packages/7?stage=Prod&dryRun=true', 'delete NoMAD.pkg --stage Prod'],
    [
      ['rollback', 'NoMAD.pkg', '--stage', 'Prod', '--reason', "it's broken"],
      'POST /packages/7/rollback?dryRun=true',
      "rollback NoMAD.pkg --stage Prod --reason 'it'\\''s broken'",
    ],
  ])('%j tells what the sites of each stage would get, and changes nothing', async (args, request, again) => {
    const { code, out, requests } = await odst(['packages', ...args, '--dry-run'], { ...found, [request]: effects });
    expect([code, out]).toEqual([0, [...told, `Nothing was changed. To do it: odst packages ${again} --yes`]]);
    expect(requests.every((one) => one.startsWith('GET') || one.includes('dryRun=true'))).toBe(true);
  });

  test.each([
    [
      'served until then',
      { ...nomad, sha256: old, awaitsConfirmation: true, heads: { Dev: null, Test: null, Prod: null } },
      [
        'This server: aaaaaaaaaaaa (3.3 MB) → nothing. Other servers notice nothing of it.',
        'No stage has aaaaaaaaaaaa (1.0 KB) any more then; it can be restored from the trash of this server for 1 day.',
        'Nothing was changed. To do it: odst packages confirm NoMAD.pkg --yes',
      ],
    ],
    ['not deleted', { ...nomad, sha256: old }, ['Nothing of NoMAD.pkg waits here to be confirmed.']],
  ])('confirm of what is %s tells what this server would stop serving', async (_what, seen, lines) => {
    const dry = { effects: [], former: null, toTrash: seen.awaitsConfirmation ? [content(old)] : [], trashDays: 1 };
    const answers = { 'GET /packages/NoMAD.pkg': seen, 'POST /packages/7/confirm?dryRun=true': dry };
    const { code, out } = await odst(['packages', 'confirm', 'NoMAD.pkg', '--dry-run'], answers);
    expect([code, out]).toEqual([0, lines]);
  });

  test.each([
    [30, 'it can be restored from the trash of this server for 30 days.'],
    [0, 'it is NOT kept: this server has trashDays set to 0, so its bytes go and it cannot be restored from here.'],
  ])('delete tells what becomes of the bytes where the trash keeps %i days', async (trashDays, words) => {
    const dry = { ...effects, toTrash: [content(old)], trashDays };
    const { out } = await odst(['packages', 'delete', 'NoMAD.pkg', '--dry-run'], {
      ...found,
      'DELETE /packages/7?dryRun=true': dry,
    });
    expect(out.slice(3, -1)).toEqual([`No stage has aaaaaaaaaaaa (1.0 KB) any more then; ${words}`]);
  });

  test('list says of what waits for confirm that it is deleted, though it is served', async () => {
    const waits = { ...nomad, awaitsConfirmation: true, heads: { Dev: null, Test: null, Prod: null } };
    const { out } = await odst(['packages', 'list'], { 'GET /packages?limit=1000': { items: [waits], next: null } });
    expect(out[1]).toBe('7   NoMAD.pkg  Public, deleted: to confirm  Prod    -    -     -     3.3 MB');
  });

  test('demote tells what Prod had before, and how to give it that back instead', async () => {
    const dry = { ...effects, former: content('e'.repeat(64)) };
    const { out } = await odst(['packages', 'demote', 'NoMAD.pkg', '--to', 'Test', '--dry-run'], {
      ...found,
      'POST /packages/7/demote?dryRun=true': dry,
    });
    expect(out).toEqual([
      ...told,
      'Before, Prod had eeeeeeeeeeee (1.0 KB).',
      'To give it that back instead: odst packages rollback NoMAD.pkg --stage Prod',
      'Nothing was changed. To do it: odst packages demote NoMAD.pkg --to Test --yes',
    ]);
  });

  test('names with spaces are passed on as they are', async () => {
    const { requests, out } = await odst(['packages', 'delete', 'Büro 1.pkg', '--dry-run'], {
      'GET /packages/B%C3%BCro%201.pkg': nomad,
      'DELETE /packages/7?dryRun=true': effects,
    });
    expect(requests).toHaveLength(2);
    expect(out.at(-1)).toContain("delete 'Büro 1.pkg' --yes");
  });

  test('a refusal is told and ends with 3', async () => {
    const { code, err } = await odst(['packages', 'promote', 'NoMAD.pkg', '--to', 'Prod'], found);
    expect([code, err]).toEqual([3, 'no POST /packages/7/promote (X)']);
  });
});

describe('odst conflicts', () => {
  const side = { changedAt: at, actor: 'account:eva', act: 'replace', isHere: true };
  const conflict = {
    ...{ id: '7-Prod', package: { filename: 'NoMAD.pkg' } },
    contenders: [
      { ...side, sha256: newer, server: 'c'.repeat(32), serverName: 'Berlin', wins: true },
      { ...side, sha256: old, server: 'd'.repeat(32), serverName: null, isHere: false, wins: false },
      { ...side, sha256: null, server: 'd'.repeat(32), serverName: null, act: 'delete', wins: false },
    ],
  };

  test('list prints each side', async () => {
    const { out } = await odst(['conflicts', 'list'], { 'GET /conflicts?limit=1000': { items: [conflict], next: null } });
    expect(out.slice(1).map((line) => line.split(/ {2,}/))).toEqual([
      ['7-Prod', 'NoMAD.pkg', 'wins', 'replace', 'Berlin', 'account:eva', at, 'here', newer],
      ['7-Prod', 'NoMAD.pkg', 'loses', 'replace', 'd'.repeat(32), 'account:eva', at, 'not here', old],
      ['7-Prod', 'NoMAD.pkg', 'loses', 'delete', 'd'.repeat(32), 'account:eva', at, '-', 'nothing'],
    ]);
    const none = await odst(['conflicts', 'list'], { 'GET /conflicts?limit=1000': { items: [], next: null } });
    expect(none.out).toEqual(['no conflicts']);
  });

  test.each([
    [old, `{"keep":"${old}"}`],
    ['nothing', '{"keep":null}'],
  ])('resolve --keep %s tells first, and does it with --yes', async (keep, body) => {
    const path = 'POST /conflicts/7-Prod/resolve';
    const answers = { [`${path}?dryRun=true`]: effects, [path]: nomad };
    const first = await odst(['conflicts', 'resolve', '7-Prod', '--keep', keep, '--dry-run'], answers);
    expect(first.out).toEqual([...told, `Nothing was changed. To do it: odst conflicts resolve 7-Prod --keep ${keep} --yes`]);
    expect(first.requests).toEqual([`${path}?dryRun=true ${body}`]);
    const done = await odst(['conflicts', 'resolve', '7-Prod', '--keep', keep, '--yes'], answers);
    expect([done.out, done.requests]).toEqual([[summary], [`${path} ${body}`]]);
  });
});
