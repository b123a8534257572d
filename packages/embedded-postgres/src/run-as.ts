import { spawnSync } from 'node:child_process';
import { chownSync } from 'node:fs';
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

const asCaller: RunAs = { wrap: (command, args) => ({ command, args, options: {} }), own: () => undefined };

const mapped = ['--user', '--map-user=65534', '--map-group=65534'];

/** A user namespace shows PostgreSQL another uid while the files stay root's: every folder works. */
const inUserNamespace: RunAs = {
  wrap: (file, args) => ({ command: 'unshare', args: [...mapped, file, ...args], options: {} }),
  own: () => undefined,
};

/** Runs as another user of the machine; the data directory and the folders above must be open to it. */
export function asUser(uid: number, gid: number): RunAs {
  return {
    wrap: (command, args) => ({ command, args, options: { uid, gid } }),
    owner: uid,
    own: (path) => chownSync(path, uid, gid),
  };
}

/**
 * Chooses for this process: itself; for root a user namespace, and where those are forbidden the user `postgres`.
 * @param mustReach paths that PostgreSQL has to read or enter
 * @throws OdstError COMMON_DATABASE_UNAVAILABLE for root, when neither way is open
 */
export function chooseRunAs(mustReach: readonly string[]): RunAs {
  if (process.getuid?.() !== 0) return asCaller;
  if (spawnSync('unshare', [...mapped, 'true'], { stdio: 'ignore' }).status === 0) return inUserNamespace;
  const uid = idOf('-u');
  const gid = idOf('-g');
  const lead = 'PostgreSQL does not run as root, and user namespaces are forbidden here';
  const advice = 'Start the server as an ordinary user, or set DATABASE_URL to a server of your own';
  if (uid === undefined || gid === undefined) {
    throw new OdstError('COMMON_DATABASE_UNAVAILABLE', `${lead}, nor is there a user postgres. ${advice}`);
  }
  const closed = mustReach.find((path) => spawnSync('test', ['-r', path], { uid, gid, stdio: 'ignore' }).status !== 0);
  if (closed !== undefined) {
    throw new OdstError('COMMON_DATABASE_UNAVAILABLE', `${lead}, and the user postgres cannot read ${closed}. ${advice}`);
  }
  return asUser(uid, gid);
}

function idOf(flag: '-u' | '-g'): number | undefined {
  const found = spawnSync('id', [flag, 'postgres'], { encoding: 'utf8' });
  return found.status === 0 ? Number(found.stdout) : undefined;
}
