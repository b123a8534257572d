import { ApiProblem } from '@odst/api-client';
import { ToldError } from '../../api/told-error.ts';

/** What a failure means for its upload: see the states of an upload. */
export type FailureKind = 'retrying' | 'signed-out' | 'stopped' | 'held' | 'refused';

/** Something on this side of the line that a person has to look at. */
export class UploadStop extends ToldError {
  readonly kind: 'stopped' | 'held';
  /** Of `held`: what the name has now, as it is told to whoever decides; null for nothing. */
  readonly foundSha256: string | null;

  constructor(kind: 'stopped' | 'held', title: string, detail: string, foundSha256: string | null = null) {
    super(title, detail);
    this.kind = kind;
    this.foundSha256 = foundSha256;
  }
}

/** Statuses after which the same request may succeed: where the upload stands is asked anew before each try. */
const passing: readonly number[] = [408, 409, 423, 425, 429, 460];

/**
 * What a failure means. What nobody answered is tried again, as what a server that is busy or stopping said; a refusal stays one. A full
 * disk needs a person: it is not tried again by itself.
 */
export function kindOf(error: unknown): FailureKind {
  if (error instanceof UploadStop) return error.kind;
  if (!(error instanceof ApiProblem)) return 'retrying';
  const { status, code } = error;
  if (status === 401) return 'signed-out';
  if (status === 507 || status === 403) return 'stopped';
  if (status === 0 || status >= 500 || passing.includes(status) || code === 'STORAGE_UPLOAD_TRUNCATED') return 'retrying';
  return 'refused';
}

const delaysMs = [1_000, 2_000, 5_000, 10_000, 20_000, 40_000];
const longestDelayMs = 60_000;

/** How long to wait before the next try; it is tried for as long as the page is open. @param tries that failed in a row, from 1 */
export const retryDelayMs = (tries: number): number => delaysMs[tries - 1] ?? longestDelayMs;
