import { isOdstError } from '@odst/kernel';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { basic, elsewhere, local, startAccess } from '../support/access.ts';
import { adminCommand } from '../support/memory-server.ts';

const password = 'own password';
const codes = [
  'COMMON_LOGIN_REQUIRED',
  'REGISTRATION_CREDENTIALS_INVALID',
  'REGISTRATION_LOGIN_LIMITED',
  'REGISTRATION_TOKEN_REFUSED',
  'REGISTRATION_SESSION_OVER',
];

/** A real token, a real cookie and a real password of one server. */
async function credentials() {
  const { server } = await startAccess(password);
  const issuer = { role: 'admin', stages: ['Dev', 'Test', 'Prod'] } as const;
  const asked = {
    username: 'admin',
    name: 'ci',
    role: 'admin',
    stages: [],
    expiresAt: undefined,
    issuer,
    issuerTokenId: '',
  } as const;
  const { secret } = await server.apiTokens.issue(asked, adminCommand());
  const browser = { ...elsewhere, forwarded: false, userAgent: 'Firefox' };
  const { token: cookie } = await server.sessions.start({ username: 'admin', password }, browser, adminCommand());
  return { server, bearer: `Bearer ${secret}`, cookie, own: basic('admin', password) };
}

/** A text with one character more, less or other: what somebody has who read over a shoulder, or whose database was cut. */
const nearly = (text: string) =>
  fc
    .tuple(
      fc.nat(text.length - 1),
      fc.constantFrom('cut', 'left out', 'doubled', 'other', 'beginning', 'end'),
      fc.string({ minLength: 1, maxLength: 1 }),
    )
    .map(([at, how, other]) => {
      if (how === 'beginning') return `${other}${text}`;
      if (how === 'end') return `${text}${other}`;
      if (how === 'cut') return text.slice(0, at);
      const middle = { 'left out': '', doubled: `${text[at]}${text[at]}`, other }[how] ?? '';
      return `${text.slice(0, at)}${middle}${text.slice(at + 1)}`;
    })
    // Any number of spaces stands between scheme and credential (RFC 9110 §11.4).
    .filter((made) => made.replaceAll(/ +/g, ' ').trim() !== text);

const anything = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.string({
    unit: fc.constantFrom(...'aA0= :_-.,"%\u0000\r\n\u00ff\ud800', 'Basic ', 'Bearer ', 'odst_', 'null', '{}'),
    maxLength: 30,
  }),
  fc.uint8Array({ maxLength: 200 }).map((bytes) => `Basic ${Buffer.from(bytes).toString('base64')}`),
  fc.uint8Array({ maxLength: 200 }).map((bytes) => `Bearer odst_${Buffer.from(bytes).toString('hex')}`),
);

test('nothing but a credential lets anybody in, and nothing is a fault of the server', { timeout: 120_000 }, async () => {
  const { server, bearer, cookie, own } = await credentials();
  const request = { ...local, ...elsewhere };
  for (const good of [{ authorization: bearer }, { authorization: own }, { authorization: '', session: cookie }]) {
    await expect(server.authorize({ ...request, ...good })).resolves.toMatchObject({ username: 'admin' });
  }
  const authorization = fc.oneof(
    anything,
    nearly(bearer),
    nearly(own).filter((made) => !sayTheSame(made, own)),
  );
  const session = fc.oneof(fc.constant(''), anything, nearly(cookie));
  const tried = fc.oneof(
    fc.record({ authorization, session }),
    fc.record({ authorization: fc.constant(''), session }),
    // Whose header is wrong is not let in by the cookie beside it.
    fc.record({ authorization: anything.filter((made) => made !== ''), session: fc.constant(cookie) }),
  );
  await fc.assert(
    fc.asyncProperty(tried, async (credential) => {
      const outcome = await server.authorize({ ...request, ...credential }).catch((error: unknown) => error);
      expect(isOdstError(outcome) ? outcome.code : outcome).toSatisfy((code: unknown) => codes.includes(String(code)));
    }),
    { numRuns: 1_500 },
  );
});

/** Base64 may be written in several ways that mean the same. */
function sayTheSame(one: string, other: string): boolean {
  const meaning = (header: string) => Buffer.from(header.replace(/^basic +/i, ''), 'base64').toString('latin1');
  return /^basic +/i.test(one) && meaning(one) === meaning(other);
}
