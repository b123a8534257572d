import { createHmac } from 'node:crypto';
import type { Clock } from '@odst/kernel';
import type { Logger } from '@odst/telemetry';
import { createExpiringMarks } from './expiring-marks.ts';
import type { KnownLoginRows, PasswordHasher } from './ports.ts';

/** Credentials as they were given, with what they are of. */
export type Login = {
  readonly username: string;
  readonly password: string;
  /** Of the account's password; another password has another id. Empty where there is no such account. */
  readonly secretId: string;
  /** Network of the client's address. */
  readonly network: string;
};

/** Which credentials a network gave rightly within 30 days, over restarts and in all replicas. */
export interface KnownLogins {
  /** @throws OdstError COMMON_DATABASE_UNAVAILABLE */
  has(login: Login): Promise<boolean>;
  /** Notes right credentials. Writes once a day; a failure is logged, as the login is right without it. */
  remember(login: Login): Promise<void>;
}

const dayMs = 24 * 3_600_000;

/** A day more than 30, as what is noted may be a day old. */
const keepMs = 31 * dayMs;

/** Networks of one account that are kept, the latest. */
const mostNetworks = 1_000;

/**
 * Builds it. What is stored is a hash that costs a millisecond, under a key: the first so that whoever gets hold of database and key
 * has no quick way to try passwords, the second so that who has the database alone has none at all.
 * @param deps.key at least 32 bytes, the same in all replicas. A secret
 */
export function createKnownLogins(deps: {
  readonly key: Uint8Array;
  readonly hasher: Pick<PasswordHasher, 'mark'>;
  readonly rows: KnownLoginRows;
  readonly clock: Clock;
  readonly logger: Logger;
}): KnownLogins {
  const { key, hasher, rows, clock, logger } = deps;
  const written = createExpiringMarks(10_000);
  const saltOf = ({ username, secretId, network }: Login) =>
    createHmac('sha256', key)
      .update(JSON.stringify([username, secretId, network]))
      .digest();

  return {
    async has(login) {
      return rows.has(await hasher.mark(login.password, saltOf(login)), clock.now().getTime() - keepMs);
    },
    async remember(login) {
      const nowMs = clock.now().getTime();
      const salt = saltOf(login);
      const place = salt.toString('base64');
      if (written.has(place, nowMs)) return;
      written.add(place, nowMs + dayMs, nowMs);
      try {
        const mark = await hasher.mark(login.password, salt);
        await rows.remember({ username: login.username, mark, seenAtMs: nowMs }, { most: mostNetworks, sinceMs: nowMs - keepMs });
      } catch (error) {
        written.add(place, 0, nowMs);
        logger.warn({ err: error }, 'a right login could not be noted; it counts as unknown while logins are limited');
      }
    },
  };
}
