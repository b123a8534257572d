import { systemTimers } from '@odst/async';
import { type DeadLetterDesks, type DeadLetters, type EventBus, type Inbox, startReaction } from '@odst/event-bus';
import type { Logger } from '@odst/telemetry';
import type { PushProfile } from '../app/push-profile.ts';
import type { AnswerRetirement } from '../app/retire-server.ts';

/** What the reaction runs on. */
export type ProfilePushDeps = {
  readonly bus: EventBus;
  readonly inbox: Inbox;
  readonly deadLetters: DeadLetters;
  readonly desks: DeadLetterDesks;
  readonly logger: Logger;
  readonly pushProfile: PushProfile;
  readonly answerRetirement: AnswerRetirement;
};

/** Pause after a round that could not be made at all, as while the database is away. */
const pauseAfterFailureMs = 5_000;

/**
 * Tells the peers when this server's settings changed, and that it lives where it was retired. A message only starts a round, which finds from state who is to
 * be told: so the same change seen twice, or not at all before the sweep of the next minute, makes no difference.
 */
export async function startProfilePush({ pushProfile, answerRetirement, ...wiring }: ProfilePushDeps): Promise<AsyncDisposable> {
  const { bus, logger } = wiring;
  const running = new Set<Promise<void>>();
  let timer: Disposable | undefined;
  let stopping = false;

  const startRound = (): void => {
    if (stopping) return;
    const round = makeRound().finally(() => running.delete(round));
    running.add(round);
  };
  const makeRound = async (): Promise<void> => {
    let dueMs: number | undefined = pauseAfterFailureMs;
    try {
      const due = [await answerRetirement(), await pushProfile()].filter((ms) => ms !== undefined);
      dueMs = due.length === 0 ? undefined : Math.min(...due);
    } catch (error) {
      logger.warn({ err: error }, 'the peers could not be told what this server says of itself; trying again');
    }
    timer?.[Symbol.dispose]();
    if (dueMs !== undefined && !stopping) timer = systemTimers.after(dueMs, startRound);
  };

  const reaction = await startReaction({
    ...wiring,
    consumer: 'registration.profile',
    topics: [bus.topicOf('registration')],
    on: { ServerSettingsChanged: async () => startRound(), ServerRetired: async () => startRound() },
    sweep: { run: async () => startRound() },
  });
  return {
    async [Symbol.asyncDispose]() {
      stopping = true;
      await reaction[Symbol.asyncDispose]();
      timer?.[Symbol.dispose]();
      await Promise.all(running);
      timer?.[Symbol.dispose]();
    },
  };
}
