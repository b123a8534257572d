import { randomUUID } from 'node:crypto';
import {
  type IdempotencyLimits,
  type IdempotentRequest,
  type IdempotentRequests,
  idempotencyLimits,
  type KeptAnswer,
} from '../../src/idempotency/idempotent-requests.ts';

type Entry = {
  readonly requestId: string;
  readonly fingerprint: string;
  readonly beganAtMs: number;
  claim: string;
  runningUntilMs: number;
  /** Null where it was too long to be kept. */
  answer?: KeptAnswer | null;
};

/** The requests of tests. */
export function memoryIdempotentRequests(limits: IdempotencyLimits = idempotencyLimits): IdempotentRequests {
  const { keptMs, runningMs, mostAnswerBytes, mostOfCaller, mostBytesOfCaller } = limits;
  const callers = new Map<string, Map<string, Entry>>();
  const of = (caller: string) => {
    const entries = callers.get(caller) ?? new Map<string, Entry>();
    callers.set(caller, entries);
    return entries;
  };
  const open = ({ caller, key }: IdempotentRequest, claim: string) => {
    const entry = of(caller).get(key);
    return entry?.claim === claim && entry.answer === undefined ? entry : undefined;
  };
  return {
    async begin({ caller, key, fingerprint }, now) {
      const nowMs = now.getTime();
      const claim = randomUUID();
      const entry = of(caller).get(key);
      if (entry === undefined || entry.beganAtMs <= nowMs - keptMs) {
        const requestId = randomUUID();
        of(caller).delete(key);
        of(caller).set(key, { requestId, fingerprint, beganAtMs: nowMs, claim, runningUntilMs: nowMs + runningMs });
        return { state: 'begun', requestId, claim };
      }
      if (entry.fingerprint !== fingerprint) return { state: 'other' };
      if (entry.answer !== undefined) return entry.answer ? { state: 'answered', answer: entry.answer } : { state: 'gone' };
      if (entry.runningUntilMs > nowMs) return { state: 'running' };
      Object.assign(entry, { claim, runningUntilMs: nowMs + runningMs });
      return { state: 'begun', requestId: entry.requestId, claim };
    },
    async settle(request, claim, answer, now) {
      const entry = open(request, claim);
      if (entry === undefined) return;
      if (answer === undefined) entry.runningUntilMs = now.getTime();
      else entry.answer = Buffer.byteLength(answer.body) > mostAnswerBytes ? null : answer;
    },
    async sweep(now) {
      for (const entries of callers.values()) {
        let [place, bytes] = [0, 0];
        for (const [key, { beganAtMs, answer }] of [...entries].toReversed()) {
          place += 1;
          bytes += answer?.body.length ?? 0;
          const isOld = beganAtMs <= now.getTime() - keptMs;
          if (isOld || place > mostOfCaller || bytes > mostBytesOfCaller) entries.delete(key);
        }
      }
    },
  };
}
