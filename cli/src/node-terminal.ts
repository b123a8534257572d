import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { type DataDirs, InputFault, ServerFault, type Terminal } from './terminal.ts';

/** The terminal, files and network of this process. */
export const nodeTerminal: Terminal = {
  env: process.env,
  fetch,
  wait: (ms) => delay(ms),
  print: (line) => void process.stdout.write(`${line}\n`),
  complain: (line) => void process.stderr.write(`${line}\n`),
  now: () => new Date(),
  askSecret,
  readInput: () => text(process.stdin),
  readOwnFile,
  dataDirs: dataDirs(),
};

async function askSecret(question: string): Promise<string | undefined> {
  const { stdin, stderr } = process;
  if (!stdin.isTTY) return undefined;
  stderr.write(question);
  const unseen = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: stdin, output: unseen, terminal: true, historySize: 0 });
  const { promise: closed, reject } = Promise.withResolvers<never>();
  lines.once('close', () => reject(new InputFault('interrupted; nothing was changed')));
  closed.catch(() => undefined);
  try {
    return await Promise.race([lines.question(''), closed]);
  } finally {
    lines.close();
    stderr.write('\n');
  }
}

async function readOwnFile(path: string) {
  try {
    await using file = await open(path);
    const { mode } = await file.stat();
    return { text: await file.readFile('utf8'), mode };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new InputFault(`${path} cannot be read (${code})`);
  }
}

/** What hashes and reads locks is loaded for those only who ask for it. */
function dataDirs(): DataDirs {
  return {
    async isServed(dataDir) {
      const lock = join(dataDir, 'lock');
      if (!existsSync(lock)) return undefined;
      const { isDirectoryLocked } = await import('@odst/embedded-postgres/directory-lock');
      return isDirectoryLocked(lock);
    },
    async askPasswordReset(dataDir, username, password) {
      const { hashPassword } = await import('@odst/secrets/password-hash');
      const { writePasswordReset } = await import('@odst/secrets/password-reset');
      const id = randomUUID();
      const reset = { id, username, passwordHash: await hashPassword(password), requestedBy: userInfo().username };
      const fault = await writePasswordReset(dataDir, reset).catch((error: NodeJS.ErrnoException) => {
        if (!['EACCES', 'EPERM', 'EROFS', 'ENOSPC'].includes(error.code ?? '')) throw error;
        const advice = 'it takes the owner of the folder, or root';
        throw new ServerFault(`nothing was changed: ${dataDir} cannot be written to (${error.code}); ${advice}`);
      });
      if (fault !== undefined) {
        const advice =
          'the server takes no such file, as anybody could have written it; move the data directory to a file system with modes';
        throw new ServerFault(`nothing was changed: what was written into ${dataDir} does not count, as ${fault}: ${advice}`);
      }
      return id;
    },
    async stateOfReset(dataDir, id) {
      const { findPasswordReset, findRefusedReset } = await import('@odst/secrets/password-reset');
      const has = (found: Awaited<ReturnType<typeof findPasswordReset>>) =>
        found !== undefined && 'reset' in found && found.reset.id === id;
      if (has(await findPasswordReset(dataDir))) return 'waiting';
      return has(await findRefusedReset(dataDir)) ? 'refused' : 'done';
    },
  };
}
