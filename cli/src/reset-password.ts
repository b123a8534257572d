import { printable } from '@odst/kernel';
import { localCommand } from './command.ts';
import { newPasswordOf, newPasswordOptions } from './new-password.ts';
import { RefusedFault, ServerFault } from './status.ts';

/** How long a server that runs is waited for; it looks every second. */
const [stepMs, longestMs] = [200, 30_000];

/**
 * `odst accounts reset-password [name]`: nothing is asked over the network, since who may write to the data directory owns the server.
 */
export const resetPasswordCommand = localCommand({
  name: 'accounts reset-password',
  summary: "on the server's own machine: sets a forgotten password anew",
  details:
    'A new password is typed, or ODST_NEW_PASSWORD, or piped in. Whether the server runs or not; a server that runs takes it at once.',
  operand: { name: 'name', about: 'a user name; default admin', default: 'admin' },
  options: {
    'data-dir': { about: 'of the server; default ODST_DATA_DIR, then ./.odst', value: 'DIR' },
    ...newPasswordOptions,
  },
  async runLocal({ operand: username, options }, terminal) {
    const { dataDirs, env, print, wait } = terminal;
    const dataDir = options['data-dir'] ?? env['ODST_DATA_DIR'] ?? './.odst';
    if ((await dataDirs.isServed(dataDir)) === undefined) {
      throw new RefusedFault(`no standalone server ever ran on ${dataDir}: give its data directory with --data-dir`);
    }
    const id = await dataDirs.askPasswordReset(dataDir, username, await newPasswordOf(username, options, terminal));
    for (let waitedMs = 0; ; waitedMs += stepMs) {
      const state = await dataDirs.stateOfReset(dataDir, id);
      if (state === 'done') {
        print(printable(`${username} has another password. Its sessions have ended.`));
        return { username, counts: 'now' };
      }
      if (state === 'refused') {
        throw new RefusedFault(
          `the server refused it, and its log says why: is there an account ${username}? Nothing was changed`,
        );
      }
      if ((await dataDirs.isServed(dataDir)) !== true) {
        print(printable(`No server runs on ${dataDir}. The new password of ${username} counts from its next start.`));
        return { username, counts: 'from the next start' };
      }
      if (waitedMs >= longestMs) {
        throw new ServerFault(
          `the server on ${dataDir} did not take the new password within ${longestMs / 1_000} s; its log says why. It stays asked for`,
        );
      }
      await wait(stepMs);
    }
  },
});

/** What a data directory that cannot be written to takes. @throws the error itself where it says something else */
export function unwritable(dataDir: string, error: NodeJS.ErrnoException): ServerFault {
  const { code = '' } = error;
  const isFull = code === 'ENOSPC' || code === 'EDQUOT';
  if (!isFull && !['EACCES', 'EPERM', 'EROFS'].includes(code)) throw error;
  const advice = isFull ? 'its volume is full; make room, and try again' : 'it takes the owner of the folder, or root';
  return new ServerFault(`nothing was changed: ${dataDir} cannot be written to (${code}); ${advice}`);
}
