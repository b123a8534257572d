import type { DeadLetter, DeadLetterOutcome } from '@odst/contracts/common';
import type { CallContext } from '@odst/grpc';
import { OdstError } from '@odst/kernel';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { createAdmission } from '../../auth/admission.ts';
import { type Clients, type LetterServiceName, letterServices } from '../../clients.ts';
import type { RouteDeps } from '../../route-deps.ts';
import { idOf, type LetterId, readId } from './dead-letter-id.ts';
import { queryOf, wholeNumber } from './query.ts';

type Owned = { readonly service: LetterServiceName; readonly letter: DeadLetter };

const skipSchema = {
  type: 'object',
  required: ['reason'],
  additionalProperties: false,
  // Without control characters.
  properties: { reason: { type: 'string', maxLength: 1_000, pattern: '^\\P{Cc}*$' } },
};

/** `GET /api/v1/dead-letters`, `GET /api/v1/dead-letters/{id}`, `POST /api/v1/dead-letters/{id}/retry` and `POST /api/v1/dead-letters/{id}/skip`. */
export function deadLettersRoutes(app: FastifyInstance, { clients, authorizer }: RouteDeps): void {
  app.get('/api/v1/dead-letters', async (request) => {
    const context = await authorizer.authorize(request, 'dead-letters:read');
    const { after, limit: asked, state } = queryOf(request, ['after', 'limit', 'state']);
    const limit = wholeNumber('limit', asked, { min: 1, max: 1_000, fallback: 100 });
    const from = after === undefined ? undefined : cursorOf(after);
    const letters = await lettersFrom(clients, context, { from, count: limit + 1, skipped: isSkipped(state) });
    const items = letters.slice(0, limit).map(resource);
    return { items, next: letters.length > limit ? (items.at(-1)?.id ?? null) : null };
  });

  app.get<{ Params: { id: string } }>('/api/v1/dead-letters/:id', async (request) => {
    const context = await authorizer.authorize(request, 'dead-letters:read');
    queryOf(request);
    const { service, id } = letterOf(request);
    const { deadLetter, event } = await clients.deadLetters[service].getDeadLetter({ id }, { context });
    if (deadLetter === undefined) throw new OdstError('COMMON_INTERNAL', `${service} gave no letter`);
    return { ...resource({ service, letter: deadLetter }), event: JSON.parse(event) as unknown };
  });

  app.post<{ Params: { id: string } }>('/api/v1/dead-letters/:id/retry', async (request, reply) => {
    const context = await authorizer.authorize(request, 'dead-letters:settle');
    queryOf(request);
    const letter = letterOf(request);
    const { outcome } = await clients.deadLetters[letter.service].retryDeadLetter({ id: letter.id }, { context });
    return answer(reply, letter, outcome);
  });

  const { onRequest, principalOf } = createAdmission(authorizer, 'dead-letters:settle');
  app.post<{ Params: { id: string }; Body: { reason: string } }>(
    '/api/v1/dead-letters/:id/skip',
    { onRequest, schema: { body: skipSchema } },
    async (request, reply) => {
      queryOf(request);
      const letter = letterOf(request);
      const { reason } = request.body;
      const context = principalOf(request);
      const { outcome } = await clients.deadLetters[letter.service].skipDeadLetter({ id: letter.id, reason }, { context });
      return answer(reply, letter, outcome);
    },
  );
}

/** The letters of one service after those of the other. A list that would lack those of one that is out of reach is not given. */
async function lettersFrom(
  clients: Clients,
  context: CallContext,
  { from, count, skipped }: { from: LetterId | undefined; count: number; skipped: boolean },
): Promise<readonly Owned[]> {
  const letters: Owned[] = [];
  for (const service of letterServices.slice(from === undefined ? 0 : letterServices.indexOf(from.service))) {
    const limit = count - letters.length;
    if (limit === 0) break;
    const after = service === from?.service ? from.id : 0n;
    const { deadLetters } = await clients.deadLetters[service].listDeadLetters({ after, limit, skipped }, { context });
    letters.push(...deadLetters.map((letter) => ({ service, letter })));
  }
  return letters;
}

function letterOf({ params: { id } }: FastifyRequest<{ Params: { id: string } }>): LetterId {
  const letter = readId(id);
  if (letter !== undefined) return letter;
  throw new OdstError('COMMON_DEAD_LETTER_UNKNOWN', `there is no dead letter ${id}`);
}

function cursorOf(after: string | readonly string[]): LetterId {
  const letter = typeof after === 'string' ? readId(after) : undefined;
  if (letter !== undefined) return letter;
  throw new OdstError('COMMON_REQUEST_INVALID', 'after is the id of a dead letter, as catalog-7', { pointer: '/after' });
}

function isSkipped(state: string | readonly string[] = 'parked'): boolean {
  if (state === 'parked' || state === 'skipped') return state === 'skipped';
  throw new OdstError('COMMON_REQUEST_INVALID', 'state is parked or skipped', { pointer: '/state' });
}

/** 202 for what goes on after the answer. */
function answer(reply: FastifyReply, letter: LetterId, outcome: DeadLetterOutcome | undefined) {
  const { handled = 0n, running = false, failed, left = '' } = outcome ?? {};
  return reply.code(running ? 202 : 200).send({
    id: idOf(letter),
    handled: Number(handled),
    running,
    failed:
      failed === undefined
        ? null
        : { id: idOf({ ...letter, id: failed.id }), attempts: failed.attempts, failure: failed.failure },
    left: left === '' ? null : left,
  });
}

function resource({ service, letter }: Owned) {
  const { id, consumer, topic, key, position, eventId, eventType, attempts, failure, parkedAt, waiting, skip } = letter;
  return {
    id: idOf({ service, id }),
    service,
    consumer,
    topic,
    key,
    eventId,
    eventType,
    position: Number(position),
    attempts,
    failure: failure === '' ? null : failure,
    parkedAt: parkedAt?.toISOString(),
    waiting: Number(waiting),
    skipped: skip === undefined ? null : { by: skip.by, at: skip.at?.toISOString(), reason: skip.reason },
  };
}
