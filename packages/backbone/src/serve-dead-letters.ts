import { settlesWithin } from '@odst/async';
import { type DeadLetter as DeadLetterMessage, type DeadLetterOutcome, DeadLettersServiceService } from '@odst/contracts/common';
import { checkSkipReason, type DeadLetter, type DeadLetterDesks, type DeadLetters, type RetryOutcome } from '@odst/event-bus';
import { type CallOptions, type ServedService, type ServiceClient, serve } from '@odst/grpc';
import type { Caller } from '@odst/kernel';
import type { Logger } from '@odst/telemetry';

/** The dead letters of one service, and who handles them. */
export type DeadLettersDeps = {
  readonly deadLetters: DeadLetters;
  readonly desks: DeadLetterDesks;
  readonly logger: Logger;
  /** How long an answer waits for the letters of the key; then they go on without it. Default 5,000 ms. */
  readonly answerWithinMs?: number;
};

type Shape = typeof DeadLettersServiceService;
type RequestOf<Method extends keyof Shape> = ReturnType<Shape[Method]['requestDeserialize']>;
/** Who asks. */
type Asking = { readonly metadata: Pick<Caller, 'actor'> };

/** `odst.common.v1.DeadLettersService` of a service. */
export function serveDeadLetters(deps: DeadLettersDeps): ServedService {
  return serve(DeadLettersServiceService, handlersOf(deps));
}

/** The client of the dead letters of this very service, for the gateway, which serves no gRPC. */
export function localDeadLetters(deps: DeadLettersDeps): ServiceClient<Shape> {
  const handlers = handlersOf(deps);
  const asking = ({ caller }: CallOptions = {}): Asking => ({ metadata: { actor: caller?.actor ?? '' } });
  return {
    listDeadLetters: (request) => handlers.listDeadLetters(request),
    getDeadLetter: (request) => handlers.getDeadLetter(request),
    retryDeadLetter: (request, options) => handlers.retryDeadLetter(request, asking(options)),
    skipDeadLetter: (request, options) => handlers.skipDeadLetter(request, asking(options)),
  };
}

function handlersOf(deps: DeadLettersDeps) {
  const { deadLetters, desks, logger, answerWithinMs = 5_000 } = deps;

  /** What came of it by then; what comes of it later is in the log. */
  const inTime = async (id: number, work: Promise<RetryOutcome>): Promise<DeadLetterOutcome> => {
    let late = false;
    work.then(
      ({ handled, failed, left }) => {
        const outcome = { deadLetter: id, handled, failed: failed?.id, failure: failed?.error, left: left?.message };
        const isWhole = failed === undefined && left === undefined;
        if (late) logger[isWhole ? 'info' : 'warn'](outcome, 'a retry came to its end');
      },
      (error: unknown) => {
        if (late) logger.warn({ deadLetter: id, err: error }, 'a retry broke off');
      },
    );
    late = !(await settlesWithin(answerWithinMs, work));
    return outcomeMessage(late ? undefined : await work);
  };

  return {
    async listDeadLetters({ after, limit, skipped }: RequestOf<'listDeadLetters'>) {
      const page = { after: Number(after), limit };
      const letters = skipped
        ? (await deadLetters.list({ ...page, state: 'skipped' })).map((letter) => letterMessage(letter, 0))
        : (await deadLetters.parked(page)).map(({ first, waiting }) => letterMessage(first, waiting));
      return { deadLetters: letters };
    },
    async getDeadLetter({ id }: RequestOf<'getDeadLetter'>) {
      const letter = await desks.look(Number(id));
      return { deadLetter: letterMessage(letter, await deadLetters.countBehind(letter)), event: JSON.stringify(letter.event) };
    },
    async retryDeadLetter({ id }: RequestOf<'retryDeadLetter'>, { metadata: { actor } }: Asking) {
      logger.info({ deadLetter: Number(id), by: actor }, 'asked to retry a dead letter');
      return { outcome: await inTime(Number(id), desks.retry(Number(id))) };
    },
    async skipDeadLetter({ id, reason }: RequestOf<'skipDeadLetter'>, { metadata: { actor } }: Asking) {
      checkSkipReason(reason);
      logger.info({ deadLetter: Number(id), by: actor, reason }, 'asked to skip a dead letter');
      return { outcome: await inTime(Number(id), desks.skip(Number(id), { by: actor, reason })) };
    },
  };
}

function letterMessage(letter: DeadLetter, waiting: number): DeadLetterMessage {
  const { id, consumer, topic, key, position, event, tries, error, parkedAt, skipped } = letter;
  return {
    id: BigInt(id),
    consumer,
    topic,
    key,
    position,
    eventId: event.id,
    eventType: event.type,
    attempts: tries,
    failure: error,
    parkedAt,
    waiting: BigInt(waiting),
    skip: skipped,
  };
}

function outcomeMessage(outcome: RetryOutcome | undefined): DeadLetterOutcome {
  if (outcome === undefined) return { handled: 0n, running: true, failed: undefined, left: '' };
  const { handled, failed, left } = outcome;
  return {
    handled: BigInt(handled),
    running: false,
    failed: failed === undefined ? undefined : { id: BigInt(failed.id), attempts: failed.tries, failure: failed.error },
    left: left === undefined ? '' : `${left.code}: ${left.message}`,
  };
}
