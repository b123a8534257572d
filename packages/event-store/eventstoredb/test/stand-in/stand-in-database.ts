import { EventEmitter } from 'node:events';

/** An event as a client proposes it. */
export type Proposed = {
  readonly id: string;
  readonly type: string;
  readonly contentType: string;
  readonly data: Uint8Array;
  readonly metadata: Uint8Array;
};

/** An event of the stand-in. */
export type Stored = Proposed & {
  readonly stream: string;
  readonly revision: number;
  /** Place among the events of all streams. */
  readonly commit: number;
  readonly createdAt: Date;
};

export type Expected = number | 'no stream' | 'any' | 'stream exists';

/** What an append led to: the stream's last revision of these events, or the stream's present end, -1 without events. */
export type Appended = { readonly kind: 'written' | 'wrong'; readonly revision: number; readonly commit: number };

/** Type of the entries that are followed to another stream; their data is `<revision>@<stream>`. */
const linkType = '$>';

/**
 * The part of EventStoreDB's rules that the store relies on, as its documentation tells them: expected revisions, and
 * appends that are idempotent by event id. Holds everything in memory; lives longer than the server in front of it.
 */
export class StandInDatabase {
  readonly #streams = new Map<string, Stored[]>();
  readonly #all: Stored[] = [];
  readonly #appended = new EventEmitter().setMaxListeners(0);

  append(stream: string, expected: Expected, events: readonly Proposed[]): Appended {
    const present = this.stream(stream);
    const current = present.length - 1;
    const again =
      expected === 'any' || expected === 'stream exists' ? sameAnywhere(present, events) : sameAt(present, expected, events);
    if (again === 'partly') return { kind: 'wrong', revision: current, commit: -1 };
    if (again !== undefined) return { kind: 'written', revision: again.revision, commit: again.commit };
    if (!fits(expected, current)) return { kind: 'wrong', revision: current, commit: -1 };
    const createdAt = new Date();
    const stored = events.map((event, index) => ({
      ...event,
      stream,
      revision: current + 1 + index,
      commit: this.#all.length + index,
      createdAt,
    }));
    this.#streams.set(stream, [...present, ...stored]);
    this.#all.push(...stored);
    this.#appended.emit('appended', stream);
    return { kind: 'written', revision: current + stored.length, commit: this.#all.length - 1 };
  }

  stream(name: string): readonly Stored[] {
    return this.#streams.get(name) ?? [];
  }

  has(name: string): boolean {
    return this.#streams.has(name);
  }

  all(): readonly Stored[] {
    return this.#all;
  }

  /** The event that a link leads to; undefined where it leads nowhere, and for an event that is none. */
  linked({ type, data }: Stored): Stored | undefined {
    if (type !== linkType) return undefined;
    const text = new TextDecoder().decode(data);
    const at = text.indexOf('@');
    return this.stream(text.slice(at + 1))[Number(text.slice(0, at))];
  }

  isLink({ type }: Stored): boolean {
    return type === linkType;
  }

  /** Cuts the end off a stream, as a restored backup does. */
  truncate(stream: string, length: number): void {
    this.#streams.set(stream, this.stream(stream).slice(0, length));
  }

  onAppended(listener: (stream: string) => void): Disposable {
    this.#appended.on('appended', listener);
    return { [Symbol.dispose]: () => void this.#appended.off('appended', listener) };
  }
}

/** The last one of these events, if the stream has them all; `partly` where it has the first one and lacks another. */
function sameAnywhere(present: readonly Stored[], events: readonly Proposed[]): Stored | 'partly' | undefined {
  const found = events.map(({ id }) => present.find((stored) => stored.id === id));
  if (found[0] === undefined) return undefined;
  return found.includes(undefined) ? 'partly' : found.at(-1);
}

/** The last one of these events, if all of them stand right after the expected revision already. */
function sameAt(present: readonly Stored[], expected: number | 'no stream', events: readonly Proposed[]): Stored | undefined {
  const first = expected === 'no stream' ? 0 : expected + 1;
  if (events.length === 0 || first >= present.length) return undefined;
  const same = events.every(({ id }, index) => present[first + index]?.id === id);
  return same ? present[first + events.length - 1] : undefined;
}

function fits(expected: Expected, current: number): boolean {
  if (expected === 'any') return true;
  if (expected === 'stream exists') return current >= 0;
  return (expected === 'no stream' ? -1 : expected) === current;
}
