import { listDeadLetters, readDeadLetter, retryDeadLetter, routeOf, skipDeadLetter } from '@odst/api';
import type { DeadLetter, DeadLetterOutcome } from '@odst/contracts/common';
import type { HttpApp } from '@odst/http';
import { type Caller, OdstError } from '@odst/kernel';
import { principalOf } from '../../admission.ts';
import { type Clients, type LetterServiceName, letterServices } from '../../clients.ts';
import type { RouteDeps } from '../../route-deps.ts';
import { textOrNull, timeOf } from '../../wire.ts';
import { idOf, type LetterId, readId } from './dead-letter-id.ts';

type Owned = { readonly service: LetterServiceName; readonly letter: DeadLetter };

/** `GET /api/v1/dead-letters`, `GET /api/v1/dead-letters/{id}`, `POST /api/v1/dead-letters/{id}/retry` and `POST /api/v1/dead-letters/{id}/skip`. */
export function deadLettersRoutes(app: HttpApp, { clients }: RouteDeps): void {
  app.route({
    ...routeOf(listDeadLetters),
    handler: async (request) => {
      const { after, limit, state } = request.query;
      const from = after === undefined ? undefined : cursorOf(after);
      const wanted = { from, count: limit + 1, skipped: state === 'skipped' };
      const letters = await lettersFrom(clients, principalOf(request), wanted);
      const items = letters.slice(0, limit).map(resource);
      return { items, next: letters.length > limit ? (items.at(-1)?.id ?? null) : null };
    },
  });

  app.route({
    ...routeOf(readDeadLetter),
    handler: async (request) => {
      const { service, id } = letterOf(request.params.id);
      const { deadLetter, event } = await clients.deadLetters[service].getDeadLetter({ id }, { caller: principalOf(request) });
      if (deadLetter === undefined) throw new OdstError('COMMON_INTERNAL', `${service} gave no letter`);
      return { ...resource({ service, letter: deadLetter }), event: JSON.parse(event) as unknown };
    },
  });

  app.route({
    ...routeOf(retryDeadLetter),
    handler: async (request, reply) => {
      const letter = letterOf(request.params.id);
      const caller = principalOf(request);
      const { outcome } = await clients.deadLetters[letter.service].retryDeadLetter({ id: letter.id }, { caller });
      return reply.code(statusOf(outcome)).send(answer(letter, outcome));
    },
  });

  app.route({
    ...routeOf(skipDeadLetter),
    handler: async (request, reply) => {
      const letter = letterOf(request.params.id);
      const { reason } = request.body;
      const caller = principalOf(request);
      const { outcome } = await clients.deadLetters[letter.service].skipDeadLetter({ id: letter.id, reason }, { caller });
      return reply.code(statusOf(outcome)).send(answer(letter, outcome));
    },
  });
}

/** The letters of one service after those of the other. A list that would lack those of one that is out of reach is not given. */
async function lettersFrom(
  clients: Clients,
  caller: Caller,
  { from, count, skipped }: { from: LetterId | undefined; count: number; skipped: boolean },
): Promise<readonly Owned[]> {
  const letters: Owned[] = [];
  for (const service of letterServices.slice(from === undefined ? 0 : letterServices.indexOf(from.service))) {
    const limit = count - letters.length;
    if (limit === 0) break;
    const after = service === from?.service ? from.id : 0n;
    const { deadLetters } = await clients.deadLetters[service].listDeadLetters({ after, limit, skipped }, { caller });
    letters.push(...deadLetters.map((letter) => ({ service, letter })));
  }
  return letters;
}

function letterOf(id: string): LetterId {
  const letter = readId(id);
  if (letter !== undefined) return letter;
  throw new OdstError('COMMON_DEAD_LETTER_UNKNOWN', `there is no dead letter ${id}`);
}

function cursorOf(after: string): LetterId {
  const letter = readId(after);
  if (letter !== undefined) return letter;
  throw new OdstError('COMMON_REQUEST_INVALID', 'after is the id of a dead letter, as catalog-7', { pointer: '/after' });
}

/** 202 for what goes on after the answer. */
function statusOf(outcome: DeadLetterOutcome | undefined): 200 | 202 {
  return outcome?.running === true ? 202 : 200;
}

function answer(letter: LetterId, outcome: DeadLetterOutcome | undefined) {
  const { handled = 0n, running = false, failed, left = '' } = outcome ?? {};
  return {
    id: idOf(letter),
    handled: Number(handled),
    running,
    failed:
      failed === undefined
        ? null
        : { id: idOf({ ...letter, id: failed.id }), attempts: failed.attempts, failure: failed.failure },
    left: textOrNull(left),
  };
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
    failure: textOrNull(failure),
    parkedAt: timeOf(parkedAt),
    waiting: Number(waiting),
    skipped: skip === undefined ? null : { by: skip.by, at: timeOf(skip.at), reason: skip.reason },
  };
}
