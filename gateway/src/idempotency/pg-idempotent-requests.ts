import { createHash, randomUUID } from 'node:crypto';
import { isOdstError } from '@odst/kernel';
import { execute, type Queryable, queryRows } from '@odst/postgres';
import type { SecretBox } from '@odst/secrets';
import {
  type Begun,
  type IdempotencyLimits,
  type IdempotentRequest,
  type IdempotentRequests,
  idempotencyLimits,
  type KeptAnswer,
} from './idempotent-requests.ts';

/** What stands in a row, encrypted: a body may hold a password, its digest would tell a weak one, and an answer may hold a token. */
type Sealed = { readonly fingerprint: string; readonly answer?: KeptAnswer | null };

type Row = {
  readonly request_id: string;
  readonly claim: string;
  readonly sealed: Buffer;
  readonly answered: boolean;
  readonly running_until: Date;
};

const insert = `
  INSERT INTO idempotent_requests (id, caller, request_id, claim, sealed, answered, running_until, began_at)
  VALUES ($1, $2, $3, $4, $5, false, $6, $7)
  ON CONFLICT (id) DO UPDATE SET caller = excluded.caller, request_id = excluded.request_id, claim = excluded.claim,
    sealed = excluded.sealed, answered = false, running_until = excluded.running_until, began_at = excluded.began_at
    WHERE idempotent_requests.began_at <= $8`;
const select = 'SELECT request_id, claim, sealed, answered, running_until FROM idempotent_requests WHERE id = $1';
const takeOver = `
  UPDATE idempotent_requests SET claim = $3, running_until = $4
  WHERE id = $1 AND claim = $2 AND NOT answered AND running_until <= $5`;
const answer = 'UPDATE idempotent_requests SET sealed = $3, answered = true WHERE id = $1 AND claim = $2 AND NOT answered';
const release = 'UPDATE idempotent_requests SET running_until = $3 WHERE id = $1 AND claim = $2 AND NOT answered';
const removeOld = 'DELETE FROM idempotent_requests WHERE began_at <= $1';
const removeBeyond = `
  DELETE FROM idempotent_requests WHERE id IN (
    SELECT id FROM (
      SELECT id, row_number() OVER latest AS place, sum(octet_length(sealed)) OVER latest AS bytes FROM idempotent_requests
      WINDOW latest AS (PARTITION BY caller ORDER BY began_at DESC, id)
    ) kept WHERE place > $1 OR bytes > $2
  )`;

/** Keeps them in the gateway's schema, the same for all gateways of a server. */
export function createIdempotentRequests(
  pool: Queryable,
  box: SecretBox,
  { keptMs, runningMs, mostAnswerBytes, mostOfCaller, mostBytesOfCaller }: IdempotencyLimits = idempotencyLimits,
): IdempotentRequests {
  const seal = (id: string, content: Sealed) => box.seal(sealedId(id), Buffer.from(JSON.stringify(content)));
  const open = (id: string, sealed: Buffer): Sealed | undefined => {
    const content = opened(box, id, sealed);
    return content === undefined ? undefined : (JSON.parse(content.toString()) as Sealed);
  };

  const again = async (id: string, row: Row, { fingerprint }: IdempotentRequest, now: Date): Promise<Begun> => {
    const content = open(id, row.sealed);
    if (content === undefined) return { state: 'gone' };
    if (content.fingerprint !== fingerprint) return { state: 'other' };
    if (row.answered) return content.answer ? { state: 'answered', answer: content.answer } : { state: 'gone' };
    const claim = randomUUID();
    const taken = await execute(pool, takeOver, [id, row.claim, claim, later(now, runningMs), now]);
    return taken === 1 ? { state: 'begun', requestId: row.request_id, claim } : { state: 'running' };
  };

  return {
    async begin(request, now) {
      const id = idOf(request);
      const [requestId, claim] = [randomUUID(), randomUUID()];
      const sealed = seal(id, { fingerprint: request.fingerprint });
      const row = [id, request.caller, requestId, claim, sealed, later(now, runningMs), now, later(now, -keptMs)];
      for (;;) {
        if ((await execute(pool, insert, row)) === 1) return { state: 'begun', requestId, claim };
        const [known] = await queryRows<Row>(pool, select, [id]);
        // It may have been removed a moment ago.
        if (known !== undefined) return again(id, known, request, now);
      }
    },
    async settle(request, claim, given, now) {
      const id = idOf(request);
      if (given === undefined) {
        await execute(pool, release, [id, claim, now]);
        return;
      }
      const kept = Buffer.byteLength(given.body) > mostAnswerBytes ? null : given;
      await execute(pool, answer, [id, claim, seal(id, { fingerprint: request.fingerprint, answer: kept })]);
    },
    async sweep(now) {
      await execute(pool, removeOld, [later(now, -keptMs)]);
      await execute(pool, removeBeyond, [mostOfCaller, mostBytesOfCaller]);
    },
  };
}

/** Rows that are encrypted anew at the same time: answers may be long. */
const sealedAtOnce = 50;

const sealedBefore = `
  SELECT id, sealed FROM idempotent_requests WHERE encode(substring(sealed FROM 2 FOR 8), 'hex') <> $1 ORDER BY id LIMIT $2`;
const replace = 'UPDATE idempotent_requests SET sealed = $3 WHERE id = $1 AND sealed = $2';

/**
 * Encrypts anew with the newest key what was encrypted with an older one, which may be taken away then; what cannot be read any more is
 * removed, as its answer is gone.
 * @throws OdstError COMMON_DATABASE_UNAVAILABLE
 */
export async function sealAnew(pool: Queryable, box: SecretBox): Promise<void> {
  for (;;) {
    const rows = await queryRows<{ id: string; sealed: Buffer }>(pool, sealedBefore, [box.keyId, sealedAtOnce]);
    if (rows.length === 0) return;
    for (const { id, sealed } of rows) {
      const content = opened(box, id, sealed);
      if (content === undefined)
        await execute(pool, 'DELETE FROM idempotent_requests WHERE id = $1 AND sealed = $2', [id, sealed]);
      // One that changed meanwhile was written with the newest key.
      else await execute(pool, replace, [id, sealed, box.seal(sealedId(id), content)]);
    }
  }
}

/** Undefined where its key was taken out of DATABASE_KEY. */
function opened(box: SecretBox, id: string, sealed: Buffer): Buffer | undefined {
  try {
    return box.open(sealedId(id), sealed);
  } catch (error) {
    if (isOdstError(error, 'COMMON_SECRET_UNREADABLE')) return undefined;
    throw error;
  }
}

/** Keys of clients may be secrets to them: rows have their digest. */
function idOf({ caller, key }: IdempotentRequest): string {
  return createHash('sha256').update(`${caller}\0${key}`).digest('hex');
}

/** A sealed row opens under its own id alone. */
function sealedId(id: string): string {
  return `idempotent-request:${id}`;
}

function later(now: Date, byMs: number): Date {
  return new Date(now.getTime() + byMs);
}
