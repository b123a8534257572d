import type { Stage } from '../packages/package-acts.ts';

/** Where an upload stands. A tick is due only when the server said that it is published. */
export type UploadState = 'queued' | 'sending' | 'verifying' | 'paused' | 'published' | 'refused' | 'failed';

/** One file on its way to the server. */
export type UploadItem = {
  readonly key: string;
  readonly filename: string;
  readonly sizeBytes: number;
  readonly stage: Stage;
  readonly replace: boolean;
  readonly state: UploadState;
  /** Bytes that were sent. */
  readonly sentBytes: number;
  /** Over the last seconds; 0 while nothing is sent. */
  readonly bytesPerSecond: number;
  /** Why it does not go on; undefined while all is well. */
  readonly error: unknown;
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
