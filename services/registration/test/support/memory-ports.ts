import type { Clock } from '@odst/kernel';
import type { KnownPeer } from '../../src/app/directory.ts';
import type {
  IdentityRegister,
  PasswordHasher,
  PeerClocks,
  PeerIds,
  ProfilePush,
  ProfilePushes,
  ReplayGuard,
  Secrets,
} from '../../src/app/ports.ts';

/** Secrets in memory, in the clear. */
export function memorySecrets(): Secrets & { readonly all: Map<string, Uint8Array> } {
  const all = new Map<string, Uint8Array>();
  return {
    all,
    async write(_transaction, id, plaintext) {
      all.set(id, plaintext);
    },
    async remove(_transaction, id) {
      all.delete(id);
    },
    async read(id) {
      const secret = all.get(id);
      if (secret === undefined) throw new Error(`no secret ${id}`);
      return secret;
    },
  };
}

export function memoryIdentityRegister(): IdentityRegister {
  let known: string | undefined;
  return {
    find: async () => known,
    async keep(_transaction, iss) {
      if (known !== undefined) throw new Error('there is an identity');
      known = iss;
    },
  };
}

/** Hashes that cost nothing; counts how often a password was looked at. */
export function countingHasher(): PasswordHasher & { readonly verifications: () => number } {
  let verifications = 0;
  return {
    verifications: () => verifications,
    hash: async (password) => `hash of ${password}`,
    async verify(hash, password) {
      verifications += 1;
      return hash === `hash of ${password}`;
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
