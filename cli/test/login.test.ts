import { describe, expect, test } from 'vitest';
import { InputFault } from '../src/status.ts';
import { odst, problemOf } from './support/odst.ts';

const tokenOf = (id: string) => `odst_${id.repeat(16)}_${'A'.repeat(43)}`;
const session = { username: 'eva', role: 'uploader', stages: ['Dev'], credential: 'password', expiresAt: null };
const issued = {
  id: 'b'.repeat(16),
  name: 'odst on laptop',
  username: 'eva',
  role: 'uploader',
  stages: ['Dev'],
  token: tokenOf('b'),
};
const gone = () => new Response(null, { status: 204 });
const env = { HOME: '/home/eva', ODST_PASSWORD: undefined };
const at = 'http://127.0.0.1:8080';

/** A file of tokens, and what becomes of it. */
function tokensFile(text?: string) {
  const written: string[] = [];
  const read = async () => (text === undefined ? undefined : { text, mode: 0o100600 });
  const write = async (path: string, now: string) => void written.push(path, now);
  return { written, ownFiles: { read, write } };
}

describe('odst login', () => {
  test('asks who it is, keeps a token of as much right for this server, and prints no secret', async () => {
    const { written, ownFiles } = tokensFile();
    const world = { ownFiles, answered: ['eva'], typed: ['secret'] };
    const { code, out, err, requests, bodies, questions } = await odst('login', [session, issued], env, world);
    expect([code, questions]).toEqual([0, [`User name at ${at}: `, `Password of eva at ${at}: `]]);
    expect(requests.map((line) => line.split(' ').slice(0, 2).join(' '))).toEqual([
      `GET ${at}/api/v1/session`,
      `POST ${at}/api/v1/tokens`,
    ]);
    expect(JSON.parse(String(bodies[1]))).toEqual({
      ...{ name: 'odst on laptop since 2026-01-01T00:00:00.000Z', role: 'uploader', stages: ['Dev'] },
      expiresAt: '2026-07-02T00:00:00.000Z',
    });
    expect(written).toEqual(['/home/eva/.config/odst/tokens', `${at} ${issued.token}\n`]);
    expect(`${out.join()}${err}`).not.toMatch(/odst_|secret/);
    const json = await odst('login --json', [session, issued], env, { ...world, answered: ['eva'], typed: ['secret'] });
    expect(json.out.join()).toContain('"id"');
    expect(json.out.join()).not.toContain('odst_');
  });

  test('takes the place of the login before, which is revoked, and leaves those of other servers', async () => {
    const kept = tokensFile(`# mine\nhttps://b.example ${tokenOf('c')}\n${at}/ ${tokenOf('a')}\n`);
    const { requests } = await odst('login --user eva', [session, issued, gone()], { ...env, ODST_PASSWORD: 'secret' }, kept);
    expect(kept.written[1]).toBe(`# mine\nhttps://b.example ${tokenOf('c')}\n${at} ${tokenOf('b')}\n`);
    expect(requests[2]).toBe(`DELETE ${at}/api/v1/tokens/${'a'.repeat(16)} Bearer ${tokenOf('a')}`);
  });

  test('keeps nothing where the password is wrong', async () => {
    const { written, ownFiles } = tokensFile();
    const world = { ownFiles, typed: ['wrong'] };
    const { code, err } = await odst('login --user eva', [problemOf(401, { detail: 'wrong password', code: 'X' })], env, world);
    expect([code, err, written]).toEqual([4, 'wrong password (X)', []]);
  });

  test('revokes the token again that it cannot keep, as nobody would know of it', async () => {
    const write = async () => {
      throw new InputFault('tokens cannot be written (EROFS)');
    };
    const world = { ownFiles: { ...tokensFile().ownFiles, write } };
    const given = { ...env, ODST_PASSWORD: 'secret' };
    const { code, err, requests } = await odst('login --user eva', [session, issued, gone()], given, world);
    expect([code, err]).toEqual([2, 'tokens cannot be written (EROFS)']);
    expect(requests[2]).toBe(`DELETE ${at}/api/v1/tokens/${'b'.repeat(16)} Bearer ${tokenOf('b')}`);
  });

  test('needs a person, or ODST_PASSWORD', async () => {
    expect((await odst('login', [], env)).code).toBe(4);
  });
});

describe('odst logout', () => {
  test.each([
    ['revokes the token and forgets it', gone()],
    ['forgets one that opens nothing any more', problemOf(401, {})],
  ])('%s', async (_what, answer) => {
    const kept = tokensFile(`${at} ${tokenOf('a')}\nhttps://b.example ${tokenOf('c')}\n`);
    const { code, requests } = await odst('logout', [answer], env, kept);
    expect([code, kept.written[1]]).toEqual([0, `https://b.example ${tokenOf('c')}\n`]);
    expect(requests).toEqual([`DELETE ${at}/api/v1/tokens/${'a'.repeat(16)} Bearer ${tokenOf('a')}`]);
  });

  test.each([
    ['the server is away', tokensFile(`${at} ${tokenOf('a')}\n`), 1],
    ['nothing is kept', tokensFile(), 3],
  ])('changes nothing where %s', async (_what, kept, status) => {
    expect([(await odst('logout', [], env, kept)).code, kept.written]).toEqual([status, []]);
  });
});
