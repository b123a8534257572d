import { ApiProblem } from '@odst/api-client';
import { api, signedOut } from '../../api/client.ts';
import { createSignal } from '../../api/signal.ts';
import type { Stage } from '../packages/package-acts.ts';
import { createSpeed } from './speed.ts';
import type { TusListener, TusUpload } from './tus-upload.ts';
import { isOver, type UploadItem, type UploadState } from './upload-item.ts';

/** More at once only share the same line. */
const atOnce = 2;

/** A file, with what is to become of it. */
export type ChosenFile = { readonly file: File; readonly stage: Stage; readonly replace: boolean };

/** The files on their way. They go on whatever page is shown, until this tab is closed. */
export interface UploadQueue {
  /** In the order in which they were added; another list whenever something changed. */
  list(): readonly UploadItem[];
  /** @returns ends the listening */
  listen(listener: () => void): () => void;
  /** Adds files; they are sent two at a time. */
  add(files: readonly ChosenFile[]): void;
  /** Stops sending; what the server has it keeps. */
  pause(key: string): Promise<void>;
  /** Goes on from where the server stands. */
  resume(key: string): void;
  /** Goes on with all that wait for somebody to sign in. */
  resumePaused(): void;
  /** Gives a file up: the server forgets what it has of it. */
  cancel(key: string): Promise<void>;
  /** Takes those that are over from the list; it cancels nothing. */
  clear(): void;
}

type Entry = { item: UploadItem; readonly file: File; upload: TusUpload | undefined };

/** The files of this tab. */
export const uploads: UploadQueue = createUploadQueue();

function createUploadQueue(): UploadQueue {
  const entries = new Map<string, Entry>();
  const changed = createSignal();
  let shown: readonly UploadItem[] = [];
  const tell = () => {
    shown = [...entries.values()].map(({ item }) => item);
    changed.tell();
  };
  const set = (entry: Entry, change: Partial<UploadItem>) => {
    entry.item = { ...entry.item, ...change };
    tell();
  };
  const startNext = () => {
    const all = [...entries.values()];
    const busy = all.filter(({ item: { state } }) => state === 'sending' || state === 'verifying').length;
    for (const entry of all.filter(({ item }) => item.state === 'queued').slice(0, Math.max(atOnce - busy, 0))) {
      begin(entry, (change) => set(entry, change), startNext);
    }
  };
  const resume = (entry: Entry) => {
    set(entry, { state: 'queued', error: undefined });
    startNext();
  };
  return {
    list: () => shown,
    listen: changed.listen,
    add(files) {
      for (const chosen of files) {
        const item = itemOf(chosen, `${entries.size}-${performance.now()}`);
        entries.set(item.key, { item, file: chosen.file, upload: undefined });
      }
      tell();
      startNext();
    },
    async pause(key) {
      const entry = entries.get(key);
      if (entry === undefined) return;
      await entry.upload?.pause();
      set(entry, { state: 'paused', bytesPerSecond: 0 });
      startNext();
    },
    resume(key) {
      const entry = entries.get(key);
      if (entry !== undefined) resume(entry);
    },
    resumePaused() {
      for (const entry of entries.values()) if (entry.item.state === 'paused' && entry.item.error !== undefined) resume(entry);
    },
    async cancel(key) {
      const entry = entries.get(key);
      entries.delete(key);
      tell();
      startNext();
      await entry?.upload?.cancel();
    },
    clear() {
      for (const { item } of [...entries.values()]) if (isOver(item)) entries.delete(item.key);
      tell();
    },
  };
}

function itemOf({ file, stage, replace }: ChosenFile, key: string): UploadItem {
  const beginning = { state: 'queued', sentBytes: 0, bytesPerSecond: 0, error: undefined, result: undefined } as const;
  return { key, filename: file.name, sizeBytes: file.size, stage, replace, ...beginning };
}

/** What sends is loaded with the first file. Calls are answered in their order, also those that come before it is there. */
function createUpload(item: UploadItem, file: File, listener: TusListener): TusUpload {
  const loaded = import('./tus-upload.ts').then(({ createTusUpload }) => createTusUpload(item, file, listener));
  return {
    start: async () => (await loaded).start(),
    pause: async () => (await loaded).pause(),
    cancel: async () => (await loaded).cancel(),
  };
}

/** Sends a file. @param next Called when its place is free */
function begin(entry: Entry, set: (change: Partial<UploadItem>) => void, next: () => void): void {
  const speed = createSpeed();
  const end = (state: UploadState, change: Partial<UploadItem>) => {
    set({ state, bytesPerSecond: 0, ...change });
    next();
  };
  entry.upload ??= createUpload(entry.item, entry.file, {
    sent(sentBytes) {
      const state = sentBytes >= entry.file.size ? 'verifying' : 'sending';
      set({ state, sentBytes, bytesPerSecond: speed.after(sentBytes, performance.now()) });
    },
    done: (id) => void resultOf(id).then((change) => end('published', change)),
    failed(error) {
      const status = error instanceof ApiProblem ? error.status : 0;
      if (status === 401) signedOut.tell();
      end(stateAfter(status), { error });
    },
  });
  set({ state: 'sending', error: undefined });
  void entry.upload.start().catch((error: unknown) => end('failed', { error }));
}

/** Who is signed out goes on after signing in; a refusal is final; what did not reach the server may be tried again. */
function stateAfter(status: number): UploadState {
  if (status === 401) return 'paused';
  return status >= 400 && status < 500 && status !== 429 ? 'refused' : 'failed';
}

/** What the server made of the file. That it is published is known already: a failure here only leaves out the rest. */
async function resultOf(id: string): Promise<Partial<UploadItem>> {
  try {
    const { outcome, packageId, sha256 } = await api.get('/api/v1/uploads/{id}', { params: { path: { id } } });
    return { result: { outcome, packageId, sha256 } };
  } catch (error) {
    return { error };
  }
}
