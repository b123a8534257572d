import { createHash } from 'node:crypto';
import type { Clock } from '@odst/kernel';
import type { KnownAccount, KnownPeer } from '../../src/app/directory.ts';
import type {
  AccountRows,
  CountedRefusal,
  IdentityRegister,
  KnownLoginRows,
  PasswordHasher,
  PeerClocks,
  PeerIds,
  ProfilePush,
  ProfilePushes,
  RefusalRows,
  ReplayGuard,
  Secrets,
  SessionRow,
  SessionRows,
  TokenUse,
  TokenUses,
} from '../../src/app/ports.ts';

/** Secrets in memory, in the clear. */
export function memorySecrets(): Secrets & { readonly all: Map<string, Uint8Array>; readonly reads: () => number } {
  const all = new Map<string, Uint8Array>();
  let reads = 0;
  return {
    all,
    reads: () => reads,
    async ensure(id, make) {
      const secret = all.get(id) ?? (await make());
      all.set(id, secret);
      return secret;
    },
    async write(_transaction, id, plaintext) {
      all.set(id, plaintext);
    },
    async remove(_transaction, id) {
      all.delete(id);
    },
    async read(id) {
      reads += 1;
      const secret = all.get(id);
      if (secret === undefined) throw new Error(`no secret ${id}`);
      return secret;
    },
  };
}

export function memoryIdentityRegister(): IdentityRegister {
  let known: { readonly iss: string; readonly renew: boolean } | undefined;
  return {
    find: async () => known,
    async askRenewal() {
      if (known !== undefined) known = { ...known, renew: true };
    },
    async keep(_transaction, iss) {
      if (known !== undefined) throw new Error('there is an identity');
      known = { iss, renew: false };
    },
    async replace(_transaction, before, iss) {
      if (known?.iss !== before || !known.renew) throw new Error('somebody else renewed it');
      known = { iss, renew: false };
    },
  };
}

/** Hashes that cost nothing; counts how often a password was looked at, and how often its mark was made. */
export function countingHasher(): PasswordHasher & { readonly verifications: () => number; readonly marks: () => number } {
  let verifications = 0;
  let marks = 0;
  return {
    verifications: () => verifications,
    marks: () => marks,
    async mark(password, salt) {
      marks += 1;
      return createHash('sha256').update(salt).update(password).digest();
    },
    hash: async (password) => `hash of ${password}`,
    async verify(hash, password) {
      verifications += 1;
      return hash === `hash of ${password}`;
    },
  };
}

/** Known logins in memory; counts what a table would be asked. */
export function memoryKnownLogins(): KnownLoginRows & { readonly queries: () => number; breakDown(): void } {
  const rows = new Map<string, { readonly username: string; readonly seenAtMs: number }>();
  const keyOf = (mark: Uint8Array) => Buffer.from(mark).toString('hex');
  let queries = 0;
  let broken = false;
  return {
    queries: () => queries,
    breakDown() {
      broken = true;
    },
    async has(mark, sinceMs) {
      queries += 1;
      const row = rows.get(keyOf(mark));
      return row !== undefined && row.seenAtMs >= sinceMs;
    },
    async remember({ username, mark, seenAtMs }, { most, sinceMs }) {
      queries += 1;
      if (broken) throw new Error('the database is away');
      rows.set(keyOf(mark), { username, seenAtMs: Math.max(seenAtMs, rows.get(keyOf(mark))?.seenAtMs ?? 0) });
      for (const [key, row] of rows) if (row.seenAtMs < sinceMs) rows.delete(key);
      const own = [...rows].filter(([, row]) => row.username === username).sort(([, a], [, b]) => b.seenAtMs - a.seenAtMs);
      for (const [key] of own.slice(most)) rows.delete(key);
    },
  };
}

export function memoryReplayGuard(): ReplayGuard {
  const used = new Map<string, number>();
  return {
    async remember(iss, jti, untilMs) {
      const key = `${iss} ${jti}`;
      if (used.has(key)) return false;
      used.set(key, untilMs);
      return true;
    },
    async forgetExpired(nowMs) {
      for (const [key, untilMs] of used) if (untilMs < nowMs) used.delete(key);
    },
  };
}

export function memoryPeerClocks(): PeerClocks {
  const offsets = new Map<string, number>();
  return {
    offsetMs: (iss) => offsets.get(iss) ?? 0,
    async record(iss, offsetMs) {
      offsets.set(iss, offsetMs);
    },
  };
}

export function memoryPeerIds(): PeerIds {
  let last = 0;
  return {
    async next() {
      last += 1;
      return last;
    },
  };
}

export function memoryProfilePushes(): ProfilePushes {
  const pushes = new Map<string, ProfilePush>();
  return {
    find: async (iss) => pushes.get(iss),
    async save(push) {
      pushes.set(push.iss, push);
    },
  };
}

/** A clock that goes wrong by `offsetMs` against another. */
export function shiftedClock(clock: Clock, offsetMs: number): Clock {
  return { now: () => new Date(clock.now().getTime() + offsetMs) };
}

/** The peers of a directory, as the read model gives them. */
export function rowsOf(peers: () => readonly KnownPeer[]) {
  return { registered: async () => peers() };
}

/** The accounts of a directory, as the read model gives them but for the times. */
export function accountRowsOf(accounts: () => readonly KnownAccount[]): AccountRows {
  const [createdAt, passwordChangedAt] = [new Date(0), new Date(0)];
  return { all: async () => accounts().map((account) => ({ ...account, createdAt, passwordChangedAt, version: 1n })) };
}

/** Sessions in memory. */
export function memorySessionRows(): SessionRows {
  const rows = new Map<string, SessionRow>();
  const newest = (username: string | undefined) =>
    [...rows.values()]
      .filter((row) => username === undefined || row.username === username)
      .sort((one, other) => other.activeAt.getTime() - one.activeAt.getTime() || (one.sessionId < other.sessionId ? -1 : 1));
  const update = (sessionId: string, changes: Partial<SessionRow>) => {
    const row = rows.get(sessionId);
    if (row !== undefined) rows.set(sessionId, { ...row, ...changes });
  };
  return {
    async add(_transaction, row, most) {
      rows.set(row.sessionId, row);
      for (const { sessionId } of newest(row.username).slice(most)) rows.delete(sessionId);
    },
    find: async (tokenHash) => [...rows.values()].find((row) => Buffer.compare(row.tokenHash, tokenHash) === 0),
    list: async (username) => newest(username),
    touch: async (sessionId, activeAt) => update(sessionId, { activeAt }),
    carryOver: async (_transaction, sessionId, to) => update(sessionId, to),
    async remove(_transaction, sessionId) {
      rows.delete(sessionId);
    },
    async forgetExpired({ idleSince, startedBefore }) {
      for (const row of rows.values()) {
        if (row.activeAt <= idleSince || row.startedAt <= startedBefore) rows.delete(row.sessionId);
      }
    },
  };
}

/** Uses of tokens in memory. */
export function memoryTokenUses(): TokenUses {
  const uses = new Map<string, TokenUse>();
  return {
    async record(use) {
      uses.set(use.tokenId, use);
    },
    list: async () => [...uses.values()],
  };
}

/** Refusals in memory. */
export function memoryRefusalRows(): RefusalRows {
  let rows: (CountedRefusal & { readonly id: bigint })[] = [];
  let last = 0n;
  const keyOf = ({ minute, actor, network, code, action }: CountedRefusal) =>
    JSON.stringify([minute, actor, network, code, action]);
  return {
    async add(refusals) {
      for (const refusal of refusals) {
        const known = rows.find((row) => keyOf(row) === keyOf(refusal));
        last += 1n;
        if (known === undefined) rows.unshift({ ...refusal, id: last });
        else
          rows = rows.map((row) => (row === known ? { ...row, count: row.count + refusal.count, lastAt: refusal.lastAt } : row));
      }
    },
    async list({ beforeId, limit, actor, text }) {
      const fields = (row: CountedRefusal) =>
        [row.actor, row.remoteAddress, row.code, row.action, row.method, row.path].join(' ').toLowerCase();
      return rows
        .filter((row) => beforeId === 0n || row.id < beforeId)
        .filter((row) => (actor === '' || row.actor === actor) && fields(row).includes(text.toLowerCase()))
        .slice(0, limit);
    },
    async forget({ since, most }) {
      rows = rows.slice(0, most).filter(({ minute }) => minute >= since);
    },
  };
}
