import { backoffMs } from '@odst/async';
import type { BusMessage } from '../event-bus.ts';
import type { Progress } from './progress.ts';

/**
 * With more failing keys than this no further key is begun: that is no bad message but something that is away, and
 * trying it with every key would only add load.
 */
const maxFailingKeys = 100;

type FailingKey = { failures: number; readonly messages: BusMessage[] };

/** Which message of a topic may run next, and how far the group is. Pure book-keeping. */
export interface KeyLanes {
  /** Takes in messages, ascending and above all before; those of a stored `waiting` first. */
  add(messages: readonly BusMessage[]): void;
  /** The message to run now, in order of position where keys allow; undefined when none may. */
  next(): BusMessage | undefined;
  done(message: BusMessage): void;
  /** The message stays first of its key, which waits. @returns milliseconds until `retry` */
  failed(message: BusMessage): number;
  /** Lets the first message of a failing key run again. */
  retry(key: string): void;
  /** What to store now. The position never falls. */
  progress(): Progress;
  /** What to store at the end: nothing that is done comes again. */
  finalProgress(): Progress;
  /** Highest position taken in. */
  readonly readTo: bigint;
  /** Messages taken in and not done. */
  readonly undone: number;
  /** Of these, those that may run without waiting for a failing key. */
  readonly ready: number;
}

/** Builds the lanes of a group that stands at `start`. */
export function createKeyLanes(start: Progress): KeyLanes {
  let ready: BusMessage[] = [];
  const running = new Map<string, BusMessage>();
  const failing = new Map<string, FailingKey>();
  const due: BusMessage[] = [];
  /** Of a stored `waiting`, until they are taken in: they are as undone as they were. */
  let unread = start.waiting;
  let readTo = start.position;
  let position = start.position;
  let highestDone = start.position;

  const undone = (): readonly BusMessage[] => [
    ...ready,
    ...[...running.values()].filter(({ key }) => !failing.has(key)),
    ...[...failing.values()].flatMap(({ messages }) => messages),
  ];
  const progressAt = (candidate: bigint): Progress => {
    if (candidate > position) position = candidate;
    const waiting = undone().flatMap((message) => (message.position <= position ? [message.position] : []));
    return { position, waiting: [...unread, ...waiting].sort(ascending) };
  };

  return {
    add(messages) {
      unread = [];
      for (const message of messages) {
        const lane = failing.get(message.key);
        (lane?.messages ?? ready).push(message);
        if (message.position > readTo) readTo = message.position;
      }
    },
    next() {
      let message = due.shift();
      if (message === undefined && failing.size < maxFailingKeys) {
        const index = ready.findIndex(({ key }) => !running.has(key));
        if (index !== -1) [message] = ready.splice(index, 1);
      }
      if (message !== undefined) running.set(message.key, message);
      return message;
    },
    done(message) {
      running.delete(message.key);
      if (message.position > highestDone) highestDone = message.position;
      const lane = failing.get(message.key);
      if (lane === undefined) return;
      failing.delete(message.key);
      ready = [...ready, ...lane.messages.slice(1)].sort((a, b) => ascending(a.position, b.position));
    },
    failed(message) {
      running.delete(message.key);
      let lane = failing.get(message.key);
      if (lane === undefined) {
        lane = { failures: 0, messages: [message, ...ready.filter(({ key }) => key === message.key)] };
        ready = ready.filter(({ key }) => key !== message.key);
        failing.set(message.key, lane);
      }
      lane.failures += 1;
      return backoffMs(lane.failures);
    },
    retry(key) {
      due.push(...(failing.get(key)?.messages.slice(0, 1) ?? []));
    },
    progress() {
      const begun = [...running.values()].filter(({ key }) => !failing.has(key));
      const lowest = lowestAbove(position, [...begun, ...ready]);
      return progressAt(lowest === undefined ? readTo : lowest - 1n);
    },
    finalProgress: () => progressAt(highestDone),
    get readTo() {
      return readTo;
    },
    get undone() {
      return undone().length;
    },
    get ready() {
      return ready.length;
    },
  };
}

function lowestAbove(position: bigint, messages: readonly BusMessage[]): bigint | undefined {
  return messages.reduce<bigint | undefined>(
    (lowest, message) =>
      message.position > position && message.position < (lowest ?? message.position + 1n) ? message.position : lowest,
    undefined,
  );
}

function ascending(a: bigint, b: bigint): number {
  return a < b ? -1 : Number(a > b);
}
