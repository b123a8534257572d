import { createHash } from 'node:crypto';
import { takesIdempotencyKey } from '@odst/api';
import type { HttpApp } from '@odst/http';
import { type Clock, type ErrorCode, errorRow, isOdstError, OdstError } from '@odst/kernel';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { nameRequest, principalOf } from '../admission.ts';
import type { IdempotentRequest, IdempotentRequests, KeptAnswer } from './idempotent-requests.ts';

/** What of an answer's headers belongs to it; the others are made anew for each. */
const keptHeaders = ['content-type', 'etag', 'location', 'cache-control', 'odst-warning'];

/** Visible ASCII without quotes, backslash and comma, also in the quotes of a structured field (RFC 8941 §3.3.3). */
const keyForm = /^("?)([\x21\x23-\x2b\x2d-\x5b\x5d-\x7e]{1,255})\1$/;

/** Requests whose answers are not kept, though their status says nothing of it. */
const unsettled = new WeakSet<FastifyRequest>();

/** Has a request run again when it is sent again: a part of it was answered as what a repetition may better. */
export function leaveUnsettled(request: FastifyRequest): void {
  unsettled.add(request);
}

/** Whether a repetition may better what was refused with a code. */
export function isWorthRepeating(code: ErrorCode): boolean {
  const { http, retryable } = errorRow(code);
  return retryable || http >= 500;
}

/**
 * Gives a request that is sent again under its `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header) its first answer again, and
 * does nothing else for it. A request counts once it was let in and its form is right, so what is refused before has no key. Answers
 * that a repetition may better are not kept: 5xx, 429 and all of codes that ask for one. What a try before it has done is not done again then, as all calls to services
 * are made under one id.
 */
export function keepAnswers(
  app: HttpApp,
  { idempotent, clock }: { readonly idempotent: IdempotentRequests; readonly clock: Clock },
): void {
  const underWay = new WeakMap<FastifyRequest, { readonly asked: IdempotentRequest; readonly claim: string }>();

  app.addHook('preHandler', async (request, reply) => {
    const { operation } = request.routeOptions.config;
    const key = operation !== undefined && takesIdempotencyKey(operation) ? keyOf(request) : undefined;
    if (key === undefined) return undefined;
    const asked = { caller: principalOf(request).actor, key, fingerprint: fingerprintOf(request) };
    const begun = await idempotent.begin(asked, clock.now());
    if (begun.state === 'answered') return give(reply, begun.answer);
    if (begun.state !== 'begun') throw refusalOf(begun.state);
    nameRequest(request, begun.requestId);
    underWay.set(request, { asked, claim: begun.claim });
    return undefined;
  });

  app.addHook('onError', async (request, _reply, error) => {
    if (isOdstError(error) && isWorthRepeating(error.code)) leaveUnsettled(request);
  });

  app.addHook('onSend', async (request, reply, payload) => {
    const begun = underWay.get(request);
    if (begun === undefined) return payload;
    underWay.delete(request);
    try {
      const answer = unsettled.has(request) ? undefined : answerOf(reply, payload);
      await idempotent.settle(begun.asked, begun.claim, answer, clock.now());
    } catch (error) {
      // It was done all the same: sent again, it is done under the same id.
      request.log.warn({ err: error }, 'the answer to a request with an Idempotency-Key could not be kept');
    }
    return payload;
  });
}

function keyOf({ headers }: FastifyRequest): string | undefined {
  const header = headers['idempotency-key'];
  if (header === undefined) return undefined;
  const [, , key] = typeof header === 'string' ? (keyForm.exec(header) ?? []) : [];
  if (key !== undefined) return key;
  const words = 'Idempotency-Key is 1 to 255 visible ASCII characters without quotes, backslash and comma, as a UUID';
  throw new OdstError('COMMON_REQUEST_INVALID', words, { pointer: '/Idempotency-Key' });
}

function fingerprintOf({ method, url, headers, body }: FastifyRequest): string {
  const said = [method, url, headers['if-match'] ?? '', canonical(body ?? null)];
  return createHash('sha256').update(JSON.stringify(said)).digest('hex');
}

/** The same for objects whose fields come in another order. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return fields.map(([name, inner]) => [name, canonical(inner)]);
}

function answerOf(reply: FastifyReply, payload: unknown): KeptAnswer | undefined {
  const { statusCode: status } = reply;
  const isKept = status < 500 && status !== 429 && (typeof payload === 'string' || payload === undefined || payload === null);
  if (!isKept) return undefined;
  const given = keptHeaders.map((name) => [name, reply.getHeader(name)] as const);
  const headers = Object.fromEntries(given.flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])));
  return { status, headers, body: payload ?? '' };
}

function give(reply: FastifyReply, { status, headers, body }: KeptAnswer): FastifyReply {
  return reply
    .code(status)
    .headers(headers)
    .header('idempotency-replayed', 'true')
    .send(body === '' ? undefined : body);
}

function refusalOf(state: 'running' | 'other' | 'gone'): OdstError {
  switch (state) {
    case 'running':
      return new OdstError('COMMON_IDEMPOTENCY_KEY_BUSY', 'the first request with this Idempotency-Key is still under way', {
        retryAfterSeconds: 1,
      });
    case 'other':
      return new OdstError(
        'COMMON_IDEMPOTENCY_KEY_REUSED',
        'this Idempotency-Key was sent with another request; nothing was done. Take a new one for each request',
        { pointer: '/Idempotency-Key' },
      );
    case 'gone':
      return new OdstError(
        'COMMON_IDEMPOTENCY_ANSWER_GONE',
        'the request with this Idempotency-Key was answered, and the answer is not kept; it is not done again. Read what it was to change',
      );
  }
}
