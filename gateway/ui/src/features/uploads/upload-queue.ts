import { ApiProblem } from '@odst/api-client';
import type { Timers } from '@odst/async/timers';
import { createSignal } from '../../api/signal.ts';
import { createSpeed, type Speed } from './speed.ts';
import type { Sending, SendListener } from './tus-upload.ts';
import { kindOf, retryDelayMs } from './upload-failure.ts';
import { type ChosenFile, holdsPlace, isOver, type UploadItem, type UploadResult } from './upload-item.ts';

/** More at once only share the same line. */
const atOnce = 2;

/** A speed counts for this long: a line that is cut without a word sends nothing and ends nothing. */
const stallMs = 10_000;

/** The files on their way. They go on whatever page is shown, until this tab is closed. */
export interface UploadQueue {
  /** In the order in which they were added; another list whenever something changed. */
  list(): readonly UploadItem[];
  /** @returns ends the listening */
  listen(listener: () => void): () => void;
  /** Ids of uploads that came to their end here: a list that is a moment old may still tell of them. */
  ended(): ReadonlySet<string>;
  /** The file of an item. */
  fileOf(key: string): File | undefined;
  /** Whether a file is on its way to a stage. */
  has(chosen: Pick<ChosenFile, 'file' | 'stage'>): boolean;
  /** Adds files, but for those that are on their way already; they are sent two at a time. */
  add(files: readonly ChosenFile[]): void;
  /** Stops sending; what the server has it keeps. */
  pause(key: string): void;
  /** Goes on from where the server stands, at once. */
  resume(key: string): void;
  /** Goes on although the name has other content by now: that is replaced too. @param seenSha256 of it */
  replaceAlso(key: string, seenSha256: string | null): void;
  /** Begins anew what was refused. */
  again(key: string): void;
  /** Goes on with all that wait for somebody to sign in. */
  signedIn(): void;
  /** The line is back: what waits for its next try is tried now. */
  online(): void;
  /** Gives a file up: the server forgets what it has of it. */
  cancel(key: string): Promise<void>;
  /** Takes a refused one from the list, or, without a key, all that are over; it cancels nothing. */
  clear(key?: string): void;
}

/** What a queue sends by. */
export type QueueDeps = {
  readonly send: (item: UploadItem, file: File, listener: SendListener) => Sending;
  /** What the server made of it. */
  readonly resultOf: (id: string) => Promise<UploadResult>;
  /** Has the server forget what it has. */
  readonly forget: (id: string) => Promise<void>;
  /** See `SendListener.check`. */
  readonly check: (item: UploadItem) => Promise<void>;
  /** What a refusal without words was for. */
  readonly explain: (item: UploadItem, problem: ApiProblem) => Promise<unknown>;
  /** The session has ended. */
  readonly signedOut: () => void;
  /** How often somebody signed in: a request from before the last time may be refused after it. */
  readonly loginCount: () => number;
  readonly timers: Timers;
  readonly nowMs: () => number;
};

type Entry = { item: UploadItem; readonly file: File; sending: Sending | undefined; timer: Disposable | undefined };

/** The files, and who listens to them. */
function createEntries() {
  const all = new Map<string, Entry>();
  const changed = createSignal();
  const ended = new Set<string>();
  let shown: readonly UploadItem[] = [];
  let added = 0;
  const tell = () => {
    shown = [...all.values()].map(({ item }) => item);
    changed.tell();
  };
  return {
    list: () => shown,
    listen: changed.listen,
    ended: () => ended,
    get: (key: string) => all.get(key),
    those: (...states: readonly UploadItem['state'][]) => [...all.values()].filter(({ item }) => states.includes(item.state)),
    all: () => [...all.values()],
    add(files: readonly ChosenFile[]) {
      for (const chosen of files) {
        if (has(all, chosen)) continue;
        added += 1;
        const item = itemOf(chosen, `upload-${added}`);
        all.set(item.key, { item, file: chosen.file, sending: undefined, timer: undefined });
      }
      tell();
    },
    has: (chosen: Pick<ChosenFile, 'file' | 'stage'>) => has(all, chosen),
    set(entry: Entry, change: Partial<UploadItem>) {
      entry.item = { ...entry.item, ...change };
      if (isOver(entry.item) && entry.item.id !== undefined) ended.add(entry.item.id);
      tell();
    },
    remove(entries: readonly Entry[]) {
      for (const { item } of entries) {
        if (item.id !== undefined) ended.add(item.id);
        all.delete(item.key);
      }
      tell();
    },
  };
}

/** Makes one that is empty. */
export function createUploadQueue(deps: QueueDeps): UploadQueue {
  const entries = createEntries();
  const { set } = entries;
  const startNext = () => {
    // Each would be refused as those were.
    if (entries.those('signed-out').length > 0) return;
    const busy = entries.all().filter(({ item }) => holdsPlace(item)).length;
    for (const entry of entries.those('queued').slice(0, Math.max(atOnce - busy, 0))) {
      begin(entry, deps, { set: (change) => set(entry, change), next: startNext });
    }
  };
  const queue = (entry: Entry | undefined, change: Partial<UploadItem> = {}) => {
    if (entry === undefined) return;
    halt(entry);
    set(entry, { state: 'queued', error: undefined, nextTryAt: undefined, bytesPerSecond: 0, ...change });
    startNext();
  };
  return {
    list: entries.list,
    listen: entries.listen,
    ended: entries.ended,
    has: entries.has,
    fileOf: (key) => entries.get(key)?.file,
    add(files) {
      entries.add(files);
      startNext();
    },
    pause(key) {
      const entry = entries.get(key);
      if (entry === undefined || isOver(entry.item)) return;
      halt(entry);
      set(entry, { state: 'paused', bytesPerSecond: 0, nextTryAt: undefined, error: undefined });
      startNext();
    },
    resume: (key) => queue(entries.get(key)),
    replaceAlso: (key, seenSha256) => queue(entries.get(key), { seenSha256 }),
    again: (key) => queue(entries.get(key), { id: undefined, sentBytes: 0, tries: 0 }),
    signedIn() {
      for (const entry of entries.those('signed-out')) queue(entry);
    },
    online() {
      for (const entry of entries.those('retrying')) queue(entry);
    },
    async cancel(key) {
      const entry = entries.get(key);
      if (entry === undefined || isOver(entry.item)) return;
      halt(entry);
      set(entry, { state: 'cancelling', bytesPerSecond: 0, nextTryAt: undefined, error: undefined });
      startNext();
      const outcome = await forget(entry.item, deps);
      if (outcome === 'finished') queue(entry);
      else if (outcome === 'forgotten') entries.remove([entry]);
      else set(entry, { state: 'paused', ...outcome });
    },
    clear(key) {
      entries.remove(entries.those('published', 'refused').filter(({ item }) => (key ?? item.key) === item.key));
    },
  };
}

function has(entries: ReadonlyMap<string, Entry>, { file, stage }: Pick<ChosenFile, 'file' | 'stage'>): boolean {
  const filename = file.name.normalize('NFC');
  return [...entries.values()].some(
    ({ item }) => !isOver(item) && item.filename === filename && item.sizeBytes === file.size && item.stage === stage,
  );
}

function itemOf({ file, sentBytes = 0, ...wish }: ChosenFile, key: string): UploadItem {
  const beginning = {
    state: 'queued',
    bytesPerSecond: 0,
    error: undefined,
    result: undefined,
    tries: 0,
    nextTryAt: undefined,
  } as const;
  return { ...wish, key, filename: file.name.normalize('NFC'), sizeBytes: file.size, sentBytes, ...beginning };
}

/** `finished`: all of it came before, and the server makes it a package, which is told as its end. */
async function forget({ id }: UploadItem, deps: QueueDeps): Promise<'forgotten' | 'finished' | { readonly error: unknown }> {
  try {
    if (id !== undefined) await deps.forget(id);
    return 'forgotten';
  } catch (error) {
    return error instanceof ApiProblem && error.code === 'STORAGE_UPLOAD_FINISHED' ? 'finished' : { error };
  }
}

/** Ends what is under way. */
function halt(entry: Entry): void {
  entry.sending?.stop();
  entry.sending = undefined;
  entry.timer?.[Symbol.dispose]();
  entry.timer = undefined;
}

type Turn = {
  readonly set: (change: Partial<UploadItem>) => void;
  /** Called when the place is free. */
  readonly next: () => void;
};

/** Sends a file, and decides after each try what comes next. */
function begin(entry: Entry, deps: QueueDeps, turn: Turn): void {
  const speed: Speed = createSpeed();
  const began = { sentBytes: entry.item.sentBytes, logins: deps.loginCount() };
  turn.set({ state: 'sending', error: undefined, nextTryAt: undefined });
  const sending = deps.send(entry.item, entry.file, {
    begun: ifOwn((id: string) => turn.set({ id })),
    sent: ifOwn((sentBytes: number) => {
      const state = sentBytes >= entry.file.size ? 'verifying' : 'sending';
      turn.set({ state, sentBytes, bytesPerSecond: speed.after(sentBytes, deps.nowMs()) });
      entry.timer?.[Symbol.dispose]();
      entry.timer = deps.timers.after(stallMs, () => turn.set({ bytesPerSecond: 0 }));
    }),
    done: ifOwn((id: string) => {
      halt(entry);
      void deps.resultOf(id).then(
        (result) => published(result, undefined),
        // That it is published is known already: a failure here only leaves out the rest.
        (error: unknown) => published({ outcome: null, packageId: null, sha256: null }, error),
      );
    }),
    failed: ifOwn((error: unknown) => {
      halt(entry);
      fail(entry, error, began, deps, turn);
    }),
    check: () => deps.check(entry.item),
  });
  entry.sending = sending;
  /** What a try says that was ended meanwhile is of no interest; the first words come before `send` returned. */
  function ifOwn<Value>(act: (value: Value) => void): (value: Value) => void {
    return (value) => {
      if (entry.sending === sending) act(value);
    };
  }
  function published(result: UploadResult, error: unknown): void {
    turn.set({ state: 'published', bytesPerSecond: 0, sentBytes: entry.file.size, tries: 0, result, error });
    turn.next();
  }
}

type Beginning = { readonly sentBytes: number; readonly logins: number };

function fail(entry: Entry, error: unknown, began: Beginning, deps: QueueDeps, { set, next }: Turn): void {
  const kind = kindOf(error);
  if (kind === 'signed-out' && deps.loginCount() !== began.logins) {
    set({ state: 'queued', bytesPerSecond: 0 });
    next();
    return;
  }
  const tries = entry.item.sentBytes > began.sentBytes ? 1 : entry.item.tries + 1;
  set({ state: kind, bytesPerSecond: 0, error, tries });
  next();
  if (kind === 'signed-out') deps.signedOut();
  if (kind === 'refused' && error instanceof ApiProblem && error.code === undefined) {
    void deps.explain(entry.item, error).then((told) => {
      if (entry.item.state === 'refused') set({ error: told });
    });
  }
  if (kind !== 'retrying') return;
  const askedMs = error instanceof ApiProblem ? (error.retryAfterSeconds ?? 0) * 1_000 : 0;
  const delayMs = Math.max(retryDelayMs(tries), askedMs);
  set({ nextTryAt: new Date(deps.nowMs() + delayMs) });
  entry.timer = deps.timers.after(delayMs, () => {
    entry.timer = undefined;
    set({ state: 'queued', nextTryAt: undefined });
    next();
  });
}
