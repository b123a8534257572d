import type { Clock } from '@odst/kernel';
import { createAppendListeners } from '../append-listeners.ts';
import type { RecordedEvent } from '../event.ts';
import { eventIdOf } from '../event-id.ts';
import type { Append, AppendResult, EventStore } from '../event-store.ts';
import { versionConflict } from '../version-conflict.ts';
import { type MemoryTransaction, openMemoryTransaction } from './memory-transaction.ts';

/** What the memory store is made of. */
export type MemoryEventStoreOptions = {
  /** Gives `recordedAt`. */
  readonly clock: Clock;
};

type Known = Omit<AppendResult, 'repeated'>;

/** Builds an event store that lives as long as the process: the fake of tests and of the simulation. */
export function createMemoryEventStore({ clock }: MemoryEventStoreOptions): EventStore<MemoryTransaction> {
  const log: RecordedEvent[] = [];
  const streams = new Map<string, RecordedEvent[]>();
  const commands = new Map<string, Known>();
  const listeners = createAppendListeners();
  let lastAppend: Promise<unknown> = Promise.resolve();

  const record = (append: Append<MemoryTransaction>, streamVersion: number): RecordedEvent[] => {
    const recordedAt = clock.now();
    const metadata = frozenCopy(append.metadata);
    return append.events.map((event, index) =>
      Object.freeze({
        ...frozenCopy(event),
        id: eventIdOf(append.metadata.commandId, index),
        stream: append.stream,
        version: streamVersion + index + 1,
        position: BigInt(log.length + index + 1),
        metadata,
        recordedAt,
      }),
    );
  };

  const commit = (append: Append<MemoryTransaction>, known: Known): void => {
    log.push(...known.events);
    const stream = streams.get(append.stream);
    if (stream === undefined) streams.set(append.stream, [...known.events]);
    else stream.push(...known.events);
    commands.set(append.metadata.commandId, known);
    if (known.events.length > 0) queueMicrotask(listeners.wake);
  };

  const appendAlone = async (append: Append<MemoryTransaction>): Promise<AppendResult> => {
    const first = commands.get(append.metadata.commandId);
    if (first !== undefined) return asRead(first, true);
    const actualVersion = streams.get(append.stream)?.length ?? 0;
    if (append.expectedVersion !== 'any' && append.expectedVersion !== actualVersion) {
      throw versionConflict(append, actualVersion);
    }
    const events = record(append, actualVersion);
    const known: Known = {
      version: actualVersion + events.length,
      position: BigInt(log.length + events.length),
      events,
      result: frozenCopy(append.result ?? null),
    };
    const { transaction, commit: commitAlongside } = openMemoryTransaction();
    await append.alongside?.(transaction);
    commit(append, known);
    commitAlongside();
    return asRead(known, false);
  };

  return {
    append(append) {
      const appended = lastAppend.then(() => appendAlone(append));
      lastAppend = appended.catch(() => undefined);
      return appended;
    },
    readStream: async (stream, afterVersion = 0) => (streams.get(stream) ?? []).slice(afterVersion).map(withOwnDate),
    async findCommand(commandId) {
      const known = commands.get(commandId);
      return known === undefined ? undefined : asRead(known, true);
    },
    readAll: async (after, limit) => log.slice(Number(after), Number(after) + limit).map(withOwnDate),
    lastPosition: async () => BigInt(log.length),
    onAppended: listeners.listen,
  };
}

function asRead(known: Known, repeated: boolean): AppendResult {
  return { ...known, events: known.events.map(withOwnDate), repeated };
}

/** A `Date` cannot be frozen, so each reader gets its own. */
function withOwnDate(event: RecordedEvent): RecordedEvent {
  return { ...event, recordedAt: new Date(event.recordedAt) };
}

/** A deep copy of a JSON value that nobody can change. */
function frozenCopy<T>(value: T): T {
  return frozen(JSON.parse(JSON.stringify(value)) as T);
}

/** Freezes all of a value. A reviver of `JSON.parse` could do the same, and takes four times as long. */
function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  for (const part of Object.values(value)) frozen(part);
  return Object.freeze(value);
}
