import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { isIP } from 'node:net';
import { hostname, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { connect } from 'node:tls';
import { styleText } from 'node:util';
import { nodeFiles } from './node-files.ts';
import { startProgress } from './node-progress.ts';
import { unwritable } from './reset-password.ts';
import { Fault, InputFault, ServerFault } from './status.ts';
import type { Certificate, DataDirs, OwnFiles, Terminal } from './terminal.ts';

const { NO_COLOR: noColor = '' } = process.env;

/** The terminal, files and network of this process. */
export const nodeTerminal: Terminal = {
  version: JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).version,
  host: hostname(),
  env: process.env,
  fetch: (request) => fetch(request),
  wait: (ms) => delay(ms),
  print: (line) => void process.stdout.write(`${line}\n`),
  complain: (line) => void process.stderr.write(`${line}\n`),
  // Set by what runs the command, which knows its options.
  emit: () => undefined,
  fault: (error) => {
    throw error;
  },
  // Both streams, since a text does not say where it goes.
  paint: (colour, words) =>
    process.stdout.isTTY && process.stderr.isTTY && noColor === '' ? styleText(colour, words, { validateStream: false }) : words,
  now: () => new Date(),
  ask: (question) => askLine(question, true),
  askSecret: (question) => askLine(question, false),
  readInput: () => text(process.stdin),
  ownFiles: ownFiles(),
  files: nodeFiles,
  progress: (label, totalBytes) => startProgress(label, totalBytes, process.stderr),
  interruption,
  dataDirs: dataDirs(),
  certificateOf,
};

function interruption() {
  const ended = new AbortController();
  const onSignal = (): void => ended.abort(new Fault('interrupted', 'interrupted'));
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, onSignal);
  const dispose = (): void => {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.off(name, onSignal);
  };
  return { signal: ended.signal, [Symbol.dispose]: dispose };
}

async function askLine(question: string, isShown: boolean): Promise<string | undefined> {
  const { stdin, stderr } = process;
  if (!stdin.isTTY) return undefined;
  const unseen = new Writable({ write: (_chunk, _encoding, done) => done() });
  const output = isShown ? stderr : unseen;
  // From here on the terminal shows nothing by itself of what is typed, however soon after the question.
  const lines = createInterface({ input: stdin, output, terminal: true, historySize: 0 });
  const { promise: closed, reject } = Promise.withResolvers<never>();
  lines.once('close', () => reject(new Fault('interrupted', 'interrupted; nothing was changed')));
  closed.catch(() => undefined);
  try {
    if (!isShown) stderr.write(question);
    return await Promise.race([lines.question(isShown ? question : ''), closed]);
  } finally {
    lines.close();
    if (!isShown) stderr.write('\n');
  }
}

function ownFiles(): OwnFiles {
  return {
    async read(path) {
      try {
        await using file = await open(path);
        const { mode } = await file.stat();
        return { text: await file.readFile('utf8'), mode };
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
        throw new InputFault(`${path} cannot be read (${code})`);
      }
    },
    async write(path, content) {
      const made = `${path}.${randomUUID()}`;
      try {
        await mkdir(dirname(path), { recursive: true, mode: 0o700 });
        await using file = await open(made, 'wx', 0o600);
        try {
          await file.writeFile(content);
          await file.sync();
          await rename(made, path);
        } finally {
          await rm(made, { force: true });
        }
      } catch (error) {
        throw new InputFault(`${path} cannot be written (${(error as NodeJS.ErrnoException).code})`);
      }
    },
  };
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
        throw unwritable(dataDir, error);
      });
      if (fault !== undefined) {
        const advice =
          'the server takes no such file, as anybody could have written it; move the data directory to a file system with modes';
        throw new ServerFault(`nothing was changed: what was written into ${dataDir} does not count, as ${fault}: ${advice}`);
      }
      return id;
    },
    async addDatabaseKey(dataDir, isDry) {
      const { addKey } = await import('@odst/secrets/key-file');
      return await addKey(join(dataDir, 'database.key'), { isDry }).catch((error: NodeJS.ErrnoException) => {
        const { code = '' } = error;
        if (!['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EDQUOT'].includes(code)) throw error;
        throw new ServerFault(
          `nothing was changed: ${dataDir} cannot be written to (${code}); it takes the owner of the folder, or root`,
        );
      });
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

/** After as long without an answer there is no connection. */
const connectionMs = 10_000;

async function certificateOf(url: string): Promise<Certificate | undefined> {
  const { protocol, hostname: named, port } = new URL(url);
  if (protocol !== 'https:') return undefined;
  const host = named.replace(/^\[|\]$/g, '');
  // What of it is wrong is told by the requests; here it is only looked at.
  const servername = isIP(host) === 0 ? { servername: host } : {};
  const socket = connect({ host, port: Number(port === '' ? 443 : port), rejectUnauthorized: false, ...servername });
  try {
    await once(socket, 'secureConnect', { signal: AbortSignal.timeout(connectionMs) });
    const { valid_to: until, issuer } = socket.getPeerCertificate();
    return { validUntil: new Date(until), issuer: String(issuer.O ?? issuer.CN) };
  } finally {
    socket.destroy();
  }
}
