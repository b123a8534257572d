import { hash } from '@node-rs/argon2';

/** OWASP's recommendation for Argon2id: 19 MiB, two passes, one lane. */
const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

const form = /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/;

/** Argon2id of a password with a new salt, in PHC form; some 30 ms of computing and 19 MiB of memory. */
export function hashPassword(password: string): Promise<string> {
  return hash(password, cost);
}

/** Whether a text has the form of what {@link hashPassword} gives, of the same cost: then all logins take equally long. */
export function isPasswordHash(text: string): boolean {
  return form.test(text);
}
