import type { RegistrationEvent } from '@odst/contracts/registration';
import { type Decider, OdstError } from '@odst/kernel';

/** Events of the stream `session-<id>`. */
export type SessionEvent = Extract<RegistrationEvent, { type: 'SessionStarted' | 'SessionEnded' }>;

/** Starts a session of an account whose password was given. */
export type StartSession = {
  readonly type: 'StartSession';
  readonly sessionId: string;
  readonly username: string;
  readonly userAgent: string;
};

/** Ends a session. */
export type EndSession = {
  readonly type: 'EndSession';
  readonly sessionId: string;
  /** Whose it has to be; undefined for anybody's. */
  readonly username: string | undefined;
};

export type SessionCommand = StartSession | EndSession;

/** Whose session it is; undefined when there is none. One whose time is over has no event. */
export type SessionState = { readonly username: string } | undefined;

/** Who is logged in with a browser. What opens a session, and when it was used, is no event. */
export const sessionDecider: Decider<SessionState, SessionCommand, SessionEvent> = {
  initialState: () => undefined,
  decide(command, state) {
    const { sessionId, username } = command;
    if (command.type === 'StartSession') {
      return [{ type: 'SessionStarted', data: { sessionId, username: command.username, userAgent: command.userAgent } }];
    }
    if (state === undefined || (username !== undefined && username !== state.username)) {
      throw new OdstError('REGISTRATION_SESSION_UNKNOWN', `there is no session ${sessionId}`, { sessionId });
    }
    return [{ type: 'SessionEnded', data: { sessionId, username: state.username } }];
  },
  evolve: (_state, { type, data }) => (type === 'SessionStarted' ? { username: data.username } : undefined),
};

const hourMs = 3_600_000;
const [idleMs, longestMs] = [12 * hourMs, 7 * 24 * hourMs];

/** When a session ends: 12 hours after its account last did something, and after 7 days in any case. */
export function expiryOf({ startedAt, activeAt }: { readonly startedAt: Date; readonly activeAt: Date }): Date {
  return new Date(Math.min(activeAt.getTime() + idleMs, startedAt.getTime() + longestMs));
}

/** What of sessions has ended by its time. */
export function expiredAt(now: Date): { readonly idleSince: Date; readonly startedBefore: Date } {
  return { idleSince: new Date(now.getTime() - idleMs), startedBefore: new Date(now.getTime() - longestMs) };
}

/** A session that was used is noted as used, at most so often. */
export const activityStepMs = 60_000;

/** Sessions that one account has; with one more the longest unused one ends. */
export const mostSessions = 100;

/** Stream of a session. */
export const sessionStream = (sessionId: string): string => `session-${sessionId}`;
