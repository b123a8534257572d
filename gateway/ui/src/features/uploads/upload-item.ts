import { ApiProblem } from '@odst/api-client';
import type { Tone } from '../../components/tone.tsx';
import type { Stage } from '../packages/package-acts.ts';

/**
 * Where an upload stands. A tick is due only when the server said that it is published.
 * - `retrying`: goes on by itself
 * - `signed-out`: goes on when somebody signed in
 * - `stopped`, `held`: waits for a person; what was sent stays at the server
 * - `refused`: nothing of it was kept
 */
export type UploadState =
  | 'queued'
  | 'sending'
  | 'verifying'
  | 'paused'
  | 'retrying'
  | 'signed-out'
  | 'stopped'
  | 'held'
  | 'cancelling'
  | 'published'
  | 'refused';

/** A file, with what is to become of it. */
export type ChosenFile = {
  readonly file: File;
  readonly stage: Stage;
  readonly replace: boolean;
  /** What the stage had of its name when somebody decided to replace it; null: nothing. Undefined where nothing is replaced. */
  readonly seenSha256?: string | null | undefined;
  /** What the file has, where that is known: the server holds the upload to it. */
  readonly sha256?: string | undefined;
  /** Of what the server has of it already. */
  readonly id?: string | undefined;
  readonly sentBytes?: number | undefined;
};

/** One file on its way to the server. */
export type UploadItem = Omit<ChosenFile, 'file' | 'sentBytes'> & {
  readonly key: string;
  readonly filename: string;
  readonly sizeBytes: number;
  readonly state: UploadState;
  /** Bytes that were sent. */
  readonly sentBytes: number;
  /** Over the last seconds; 0 while nothing is sent. */
  readonly bytesPerSecond: number;
  /** Why it does not go on; undefined while all is well. */
  readonly error: unknown;
  /** How often it was tried since something came through. */
  readonly tries: number;
  /** When it is tried again; undefined but for `retrying`. */
  readonly nextTryAt: Date | undefined;
  /** What it became; undefined before. */
  readonly result: UploadResult | undefined;
};

/** What the server made of a file. */
export type UploadResult = {
  readonly outcome: 'created' | 'replaced' | 'unchanged' | null;
  readonly packageId: number | null;
  readonly sha256: string | null;
};

/** Whether it needs nobody and nothing any more. */
export const isOver = ({ state }: UploadItem): boolean => state === 'published' || state === 'refused';

/** Whether bytes of it are on their way. */
const isRunning = ({ state }: UploadItem): boolean => state === 'sending' || state === 'verifying';

/** Whether it holds one of the places: also while nobody answers, as nobody would answer the next one either. */
export const holdsPlace = (item: UploadItem): boolean =>
  isRunning(item) || (item.state === 'retrying' && !(item.error instanceof ApiProblem));

/** Rows of a kind that are shown before somebody asks for all. */
const mostShown = { queued: 6, published: 6 } as const;

/** What a tray with very many files shows: all that run or need somebody, the next that wait, and the last that are done. */
export function shownOf(items: readonly UploadItem[]): { readonly rows: readonly UploadItem[]; readonly hidden: number } {
  const queued = items.filter(({ state }) => state === 'queued').slice(mostShown.queued);
  const published = items.filter(({ state }) => state === 'published').slice(0, -mostShown.published);
  const hidden = new Set([...queued, ...published].map(({ key }) => key));
  const rows = items.filter(({ key }) => !hidden.has(key));
  // Few keep their places; of many what somebody has to look at is on top, and what is done at the end.
  return { rows: hidden.size === 0 ? rows : rows.toSorted((one, other) => rankOf(one) - rankOf(other)), hidden: hidden.size };
}

function rankOf(item: UploadItem): number {
  if (needsSomebody(item)) return 0;
  if (item.state === 'published') return 3;
  return item.state === 'queued' ? 2 : 1;
}

const needsSomebody = ({ state }: UploadItem): boolean => state === 'refused' || state === 'stopped' || state === 'held';

/** Green is the server's word for each of them: what is merely sent is not published. */
function toneOf(items: readonly UploadItem[]): Tone {
  if (items.some(needsSomebody)) return 'red';
  if (items.every(({ state }) => state === 'published')) return 'green';
  return items.some(isHeldUp) && !items.some(isRunning) ? 'amber' : 'blue';
}

const isHeldUp = ({ state }: UploadItem): boolean => state === 'paused' || state === 'retrying' || state === 'signed-out';

/** How it goes with all of them. */
export function totalsOf(items: readonly UploadItem[]) {
  const all = items.filter(({ state }) => state !== 'refused');
  const sum = (of: (item: UploadItem) => number) => all.reduce((total, item) => total + of(item), 0);
  const sizeBytes = sum((item) => item.sizeBytes);
  const sentBytes = sum((item) => (item.state === 'published' ? item.sizeBytes : Math.min(item.sentBytes, item.sizeBytes)));
  const bytesPerSecond = sum((item) => item.bytesPerSecond);
  return {
    published: items.filter(({ state }) => state === 'published').length,
    needy: items.filter(needsSomebody).length,
    tone: toneOf(items),
    share: sizeBytes === 0 ? 0 : sentBytes / sizeBytes,
    bytesPerSecond,
    secondsLeft: bytesPerSecond === 0 ? undefined : (sizeBytes - sentBytes) / bytesPerSecond,
  };
}
