import { printable } from '@odst/kernel';
import { type NewPasswordFlags, newPasswordOf } from './new-password.ts';
import { ServerFault, type Terminal } from './terminal.ts';

/** How long a server that runs is waited for; it looks every second. */
const [stepMs, longestMs] = [200, 30_000];

/**
 * `odst accounts reset-password [name]`: on the server's machine, for who forgot the password. Nothing is asked over the network: who may
 * write to the data directory owns the server.
 * @throws ServerFault where no server ever ran there, and when it refuses or does not answer
 */
export async function resetPassword(
  username: string,
  flags: NewPasswordFlags & { readonly 'data-dir'?: string },
  terminal: Terminal,
): Promise<void> {
  const { dataDirs, env, print, wait } = terminal;
  const dataDir = flags['data-dir'] ?? env['ODST_DATA_DIR'] ?? './.odst';
  if ((await dataDirs.isServed(dataDir)) === undefined) {
    throw new ServerFault(`no standalone server ever ran on ${dataDir}: give its data directory with --data-dir`);
  }
  const id = await dataDirs.askPasswordReset(dataDir, username, await newPasswordOf(username, flags, terminal));
  for (let waitedMs = 0; ; waitedMs += stepMs) {
    const state = await dataDirs.stateOfReset(dataDir, id);
    if (state === 'done') return print(printable(`${username} has another password. Its sessions have ended.`));
    if (state === 'refused') {
      throw new ServerFault(`the server refused it, and its log says why: is there an account ${username}? Nothing was changed`);
    }
    if ((await dataDirs.isServed(dataDir)) !== true) {
      return print(printable(`No server runs on ${dataDir}. The new password of ${username} counts from its next start.`));
    }
    if (waitedMs >= longestMs) {
      throw new ServerFault(
        `the server on ${dataDir} did not take the new password within ${longestMs / 1_000} s; its log says why. It stays asked for`,
      );
    }
    await wait(stepMs);
  }
}
