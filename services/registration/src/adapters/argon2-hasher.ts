import { hashRaw, verify } from '@node-rs/argon2';
import { createSemaphore } from '@odst/async';
import { hashPassword } from '@odst/secrets';
import type { PasswordHasher } from '../app/ports.ts';

/** For marks: whoever tries passwords on one still needs 4 MiB and a thousand times as long as for a plain hash. */
const costOfMark = { memoryCost: 4_096, timeCost: 1, parallelism: 1 } as const;

/** Hashes computed at once, so that a burst of logins takes no more memory than this many. Marks do not wait for them. */
const mostAtOnce = 2;

/** Argon2id, on the thread pool. */
export function createArgon2Hasher(): PasswordHasher {
  const hashes = createSemaphore(mostAtOnce);
  const marks = createSemaphore(mostAtOnce);
  return {
    async hash(password) {
      using _permit = await hashes.acquire();
      return await hashPassword(password);
    },
    async verify(hashed, password) {
      using _permit = await hashes.acquire();
      return await verify(hashed, password);
    },
    async mark(password, salt) {
      using _permit = await marks.acquire();
      return await hashRaw(password, { ...costOfMark, salt });
    },
  };
}
