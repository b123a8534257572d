import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, statSync } from 'node:fs';
import { OdstError } from '@odst/kernel';

/** How PostgreSQL's programs are started so that they do not run as root, which they refuse. */
export interface RunAs {
  /** Command, arguments and spawn options that run `file` with `args`. The process keeps the pid of the spawned one. */
  wrap(
    file: string,
    args: readonly string[],
  ): {
    readonly command: string;
    readonly args: readonly string[];
    readonly options: { readonly uid?: number; readonly gid?: number };
  };
  /** User id that PostgreSQL's files belong to; undefined where they are the caller's. */
  readonly owner?: number;
  /** Hands a folder that we made to whoever PostgreSQL runs as. */
  own(path: string): void;
}

/** Environment of PostgreSQL's programs: none of the caller's PG… variables, messages in English. */
export function programEnvironment(): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'] ?? '', LC_ALL: 'C', TZ: 'UTC' };
}

const asCaller: RunAs = { wrap: (command, args) => ({ command, args, options: {} }), own: () => undefined };

const mapped = ['--user', '--map-user=65534', '--map-group=65534'];

/** A user namespace shows PostgreSQL another uid while the files stay root's: every folder works. */
const inUserNamespace: RunAs = {
  wrap: (file, args) => ({ command: 'unshare', args: [...mapped, file, ...args], options: {} }),
  own: () => undefined,
};

/**
 * Chooses for this process: itself; for root a user namespace, and where those are forbidden the user `postgres`. That one is
 * let through the folder that holds the data directory, not into it.
 * @param options.binary the program to be run
 * @param options.folder holds the data directory
 * @throws OdstError COMMON_DATABASE_UNAVAILABLE for root, when neither way is open
 */
export function chooseRunAs(options: { readonly binary: string; readonly folder: string }): RunAs {
  if (process.getuid?.() !== 0) return asCaller;
  if (spawnSync('unshare', [...mapped, 'true'], { stdio: 'ignore' }).status === 0) return inUserNamespace;
  return asPostgresUser(options, 'postgres');
}

/**
 * Runs as the user of that name.
 * @throws OdstError COMMON_DATABASE_UNAVAILABLE when there is none, or it cannot reach what it needs
 */
export function asPostgresUser({ binary, folder }: { readonly binary: string; readonly folder: string }, name: string): RunAs {
  const uid = idOf('-u', name);
  const gid = idOf('-g', name);
  if (uid === undefined || gid === undefined) throw closed(`there is no user ${name}`);
  chmodSync(folder, (statSync(folder).mode & 0o777) | 0o011);
  const unreachable = [binary, folder].find(
    (path) => spawnSync('test', ['-x', path], { uid, gid, stdio: 'ignore' }).status !== 0,
  );
  if (unreachable !== undefined) throw closed(`the user ${name} cannot reach ${unreachable}`);
  return asUser(uid, gid);
}

function asUser(uid: number, gid: number): RunAs {
  return {
    wrap: (command, args) => ({ command, args, options: { uid, gid } }),
    owner: uid,
    own: (path) => chownSync(path, uid, gid),
  };
}

function closed(why: string): OdstError {
  const message = `PostgreSQL does not run as root, user namespaces are forbidden here, and ${why}`;
  return new OdstError(
    'COMMON_DATABASE_UNAVAILABLE',
    `${message}; start the server as an ordinary user, or set DATABASE_URL to a server of your own`,
  );
}

function idOf(flag: '-u' | '-g', name: string): number | undefined {
  const found = spawnSync('id', [flag, name], { encoding: 'utf8' });
  return found.status === 0 ? Number(found.stdout) : undefined;
}
