import type { StorageEvent } from '@odst/contracts/storage';
import { type Decider, OdstError, type Stage } from '@odst/kernel';

/** Events of an upload's stream, `upload-<upload id>`. */
export type UploadEvent = Extract<
  StorageEvent,
  { type: 'UploadStarted' | 'UploadCompleted' | 'UploadAborted' | 'UploadAccepted' | 'UploadDiscarded' }
>;

/** What an upload brought. */
export type ReceivedUpload = {
  /** Checked, NFC. */
  readonly filename: string;
  readonly stage: Stage;
  readonly sha256: string;
  readonly sha1: string;
  readonly sizeBytes: number;
  /** Empty where the manifest is made later. */
  readonly manifestDigest: string;
  /** Whether other bytes of the same name may be replaced. */
  readonly replace: boolean;
  /** What the stage is to have when it is replaced: a SHA-256, or `nothing`; empty for whatever it has. */
  readonly replaces: string;
};

/** What one may ask of an upload. */
export type UploadCommand =
  /** A client that may upload begins to. `filename` is empty, `declaredBytes` 0 where the client did not say. */
  | { readonly type: 'StartUpload'; readonly uploadId: string; readonly filename: string; readonly declaredBytes: number }
  /** All bytes are durable and in place. */
  | ({ readonly type: 'CompleteUpload'; readonly uploadId: string } & ReceivedUpload)
  /** The upload brought nothing worth keeping. */
  | { readonly type: 'AbortUpload'; readonly uploadId: string; readonly code: string; readonly reason: string }
  /** The catalogue took it. */
  | { readonly type: 'AcceptUpload'; readonly uploadId: string }
  /** The catalogue refused it. */
  | { readonly type: 'DiscardUpload'; readonly uploadId: string; readonly code: string };

/** An upload. */
export type UploadState =
  | { readonly status: 'none' | 'started' | 'aborted' }
  | { readonly status: 'completed' | 'accepted' | 'discarded'; readonly received: ReceivedUpload };

const none: UploadState = { status: 'none' };

function decide(command: UploadCommand, state: UploadState): readonly UploadEvent[] {
  const { uploadId } = command;
  switch (command.type) {
    case 'StartUpload': {
      if (state.status !== 'none') throw conflict(uploadId, state);
      const { filename, declaredBytes } = command;
      return [{ type: 'UploadStarted', data: { uploadId, filename, declaredBytes: BigInt(declaredBytes) } }];
    }
    case 'CompleteUpload': {
      if (state.status !== 'started') throw conflict(uploadId, state);
      const { type: _, sizeBytes, ...rest } = command;
      return [{ type: 'UploadCompleted', data: { ...rest, sizeBytes: BigInt(sizeBytes) } }];
    }
    case 'AbortUpload':
      if (state.status === 'none' || state.status === 'aborted') return [];
      if (state.status !== 'started') throw conflict(uploadId, state);
      return [{ type: 'UploadAborted', data: { uploadId, code: command.code, reason: command.reason } }];
    case 'AcceptUpload':
      if (state.status === 'accepted') return [];
      if (state.status !== 'completed') throw conflict(uploadId, state);
      return [{ type: 'UploadAccepted', data: { uploadId, sha256: state.received.sha256 } }];
    case 'DiscardUpload':
      if (state.status === 'discarded') return [];
      if (state.status !== 'completed') throw conflict(uploadId, state);
      return [{ type: 'UploadDiscarded', data: { uploadId, sha256: state.received.sha256, code: command.code } }];
  }
}

function conflict(uploadId: string, state: UploadState): OdstError {
  return new OdstError('COMMON_COMMAND_CONFLICT', `the upload ${uploadId} is ${state.status}`);
}

function evolve(state: UploadState, event: UploadEvent): UploadState {
  switch (event.type) {
    case 'UploadStarted':
      return { status: 'started' };
    case 'UploadCompleted': {
      const { uploadId: _, stage, sizeBytes, ...rest } = event.data;
      const received = { ...rest, stage: stage as Stage, sizeBytes: Number(sizeBytes) };
      return { status: 'completed', received };
    }
    case 'UploadAborted':
      return { status: 'aborted' };
    case 'UploadAccepted':
      return 'received' in state ? { ...state, status: 'accepted' } : state;
    case 'UploadDiscarded':
      return 'received' in state ? { ...state, status: 'discarded' } : state;
  }
}

/** The upload as an aggregate. */
export const uploadDecider: Decider<UploadState, UploadCommand, UploadEvent> = { initialState: () => none, decide, evolve };

/** Name of an upload's stream. */
export function uploadStream(uploadId: string): string {
  return `upload-${uploadId}`;
}
