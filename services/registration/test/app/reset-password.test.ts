import { createLogger } from '@odst/telemetry';
import { describe, expect, test } from 'vitest';
import { nodeRandom } from '../../src/adapters/node-random.ts';
import type { PasswordReset, PasswordResets } from '../../src/app/ports.ts';
import { createResetPassword } from '../../src/app/reset-password.ts';
import { basic, elsewhere, local, refused, startAccess } from '../support/access.ts';
import { adminCommand } from '../support/memory-server.ts';

type Found = Awaited<ReturnType<PasswordResets['find']>>;

const asked: PasswordReset = { id: 'r1', username: 'admin', passwordHash: 'hash of a new password', requestedBy: 'root' };

/** A server with one request, or what lies in its place. */
async function setUp(found: Found) {
  const { server } = await startAccess('own password');
  const lines: string[] = [];
  const [left, aside]: [Found[], Found[]] = [[found], []];
  const resets: PasswordResets = {
    find: async () => left[0],
    remove: async () => void left.pop(),
    async setAside() {
      aside.push(left.pop());
      return 'aside';
    },
  };
  const logger = createLogger({ name: 'test', destination: { write: (line) => lines.push(line) } });
  const take = createResetPassword({ ...server, resets, random: nodeRandom, logger });
  const logIn = (username: string, password: string) =>
    server.authorize({ ...local, ...elsewhere, authorization: basic(username, password) });
  return { server, take, left, aside, lines, logIn };
}

describe('a password that is set anew on the machine', () => {
  test('counts from then on, ends the sessions, and is told in the log and in history', async () => {
    const { server, take, left, lines, logIn } = await setUp({ reset: asked });
    const session = await server.sessions.start(
      { username: 'admin', password: 'own password' },
      { ...local, userAgent: 'x' },
      adminCommand(),
    );
    await take();
    expect(left).toEqual([]);
    await expect(logIn('admin', 'a new password')).resolves.toMatchObject({ role: 'admin' });
    await expect(logIn('admin', 'own password')).rejects.toThrow(refused('REGISTRATION_CREDENTIALS_INVALID'));
    await expect(server.sessions.verify(session.token, false)).rejects.toThrow(refused('REGISTRATION_SESSION_OVER'));
    const [last] = (await server.store.readAll(0n, 100)).slice(-1);
    expect(last).toMatchObject({ type: 'AccountPasswordChanged', metadata: { actor: 'machine' } });
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      expect.objectContaining({ actor: 'machine', username: 'admin', requestedBy: 'root' }),
    ]);
    expect(lines.join()).not.toContain(asked.passwordHash);
  });

  test('is done once, also where the server was killed before it took the request away', async () => {
    const { server, take, left } = await setUp({ reset: asked });
    await take();
    const secrets = [...server.secrets.all.keys()];
    left.push({ reset: asked });
    await take();
    expect(left).toEqual([]);
    expect([...server.secrets.all.keys()]).toEqual(secrets);
    expect((await server.store.readAll(0n, 100)).filter(({ type }) => type === 'AccountPasswordChanged')).toHaveLength(1);
  });

  test.each(['remove', 'lower'] as const)('makes admin the admin that it was before a %s', async (what) => {
    const { server, take, logIn } = await setUp({ reset: asked });
    await server.accounts.create({ username: 'eva', password: 'correct horse', role: 'admin', stages: [] }, adminCommand());
    if (what === 'remove') await server.accounts.remove('admin', adminCommand());
    else await server.accounts.change('admin', { role: 'viewer', stages: ['Dev'] }, adminCommand());
    await take();
    await expect(logIn('admin', 'a new password')).resolves.toMatchObject({ role: 'admin', ownStages: ['Dev', 'Test', 'Prod'] });
  });

  test('leaves another account the role that it has', async () => {
    const { server, take, logIn } = await setUp({ reset: { ...asked, username: 'eva' } });
    const eva = { username: 'eva', password: 'correct horse', role: 'viewer', stages: ['Dev'] } as const;
    await server.accounts.create(eva, adminCommand());
    await take();
    await expect(logIn('eva', 'a new password')).resolves.toMatchObject({ role: 'viewer', ownStages: ['Dev'] });
  });

  test.each<[string, Found]>([
    ['what is no request', { fault: 'it is a symbolic link' }],
    ['a request for an account that there is not', { reset: { ...asked, username: 'eva' } }],
    ['a request for what is no name of an account', { reset: { ...asked, username: 'a\nb' } }],
  ])('is refused for %s, which is left aside with a line in the log', async (_what, found) => {
    const { server, take, left, aside, lines } = await setUp(found);
    const before = server.directory.position();
    await take();
    await take();
    expect([left, aside]).toEqual([[], [found]]);
    expect(server.directory.position()).toBe(before);
    expect(lines).toEqual([expect.stringContaining('refused to set a password anew')]);
  });
});
