import { backoffMs } from '@odst/async/backoff-ms';
import type { SyncEvent } from '@odst/contracts/sync';
import type { Decider } from '@odst/kernel';
import { type ContentId, contentKey } from './content-id.ts';

/** Between tries of what needs a peer, in milliseconds: 1 to 2 s after the first failure, 2.5 to 5 min after many. It never gives up. */
export const retryPauses = { firstMs: 2_000, mostMs: 300_000 } as const;

/** When something that failed may be tried again. */
export type Retry = {
  /** Failures in a row. */
  readonly failures: number;
  /** Not before this time. */
  readonly nextTryAt: Date;
  /** Whether it was the manifest that failed: its digest may be a lie. */
  readonly badManifest: boolean;
};

/** How it goes with the transfer of a content: the stream `transfer-<sha256>.<manifest digest>`. */
export type Transfer = {
  /** `running` also after a crash in the middle: the next start goes on. */
  readonly status: 'idle' | 'running' | 'failed' | 'completed';
  /** Tries since the content was last completed. */
  readonly attempt: number;
  /** Peer of the try under way; empty for none. */
  readonly sourceIss: string;
  /** Failures that are this server's own, as a full disk: no source is tried before. */
  readonly here: Retry | undefined;
  /** Failures by source: one peer's fault does not keep another from serving. */
  readonly bySource: ReadonlyMap<string, Retry>;
};

/** What a transfer brings, and from whom. */
type Load = { readonly blob: string; readonly manifestDigest: string; readonly peerIss: string };

/** What happens to a transfer. */
export type TransferCommand =
  | (Load & { readonly type: 'StartTransfer'; readonly sizeBytes: bigint })
  | (Load & { readonly type: 'CompleteTransfer'; readonly sizeBytes: bigint })
  | (Load & {
      readonly type: 'FailTransfer';
      /** Code of the error register. */
      readonly code: string;
      readonly reason: string;
      readonly at: Date;
      /** 0 ≤ random < 1: the jitter of the next try. */
      readonly random: number;
    });

/** Events of a transfer. */
export type TransferEvent = Extract<
  SyncEvent,
  { readonly type: 'ReplicationStarted' | 'ReplicationCompleted' | 'ReplicationFailed' }
>;

/** Stream of the transfer of a content. */
export function transferStream(content: ContentId): string {
  return `transfer-${contentKey(content)}`;
}

/** Whether a failure is this server's own: then no other source would help. */
function isOwnFailure(code: string): boolean {
  return code === 'STORAGE_DISK_FULL' || code.startsWith('COMMON_');
}

/** Decides what is written down of a transfer, and when it is tried again. */
export const transfer: Decider<Transfer, TransferCommand, TransferEvent> = {
  initialState: () => ({ status: 'idle', attempt: 0, sourceIss: '', here: undefined, bySource: new Map() }),

  decide(command, state) {
    const { blob, manifestDigest, peerIss } = command;
    switch (command.type) {
      case 'StartTransfer': {
        const attempt = state.status === 'completed' ? 1 : state.attempt + 1;
        return [{ type: 'ReplicationStarted', data: { blob, peerIss, sizeBytes: command.sizeBytes, attempt, manifestDigest } }];
      }
      case 'CompleteTransfer':
        if (state.status !== 'running') return [];
        return [{ type: 'ReplicationCompleted', data: { blob, peerIss, sizeBytes: command.sizeBytes, manifestDigest } }];
      case 'FailTransfer': {
        if (state.status !== 'running') return [];
        const { code, reason, at, random } = command;
        const known = isOwnFailure(code) ? state.here : state.bySource.get(peerIss);
        const nextTryAt = new Date(at.getTime() + backoffMs((known?.failures ?? 0) + 1, retryPauses, random));
        const { attempt } = state;
        return [{ type: 'ReplicationFailed', data: { blob, peerIss, code, reason, attempt, nextTryAt, manifestDigest } }];
      }
    }
  },

  evolve(state, event) {
    switch (event.type) {
      case 'ReplicationStarted': {
        const before = event.data.attempt === 1 ? transfer.initialState() : state;
        return { ...before, status: 'running', attempt: event.data.attempt, sourceIss: event.data.peerIss };
      }
      case 'ReplicationCompleted':
        return { ...transfer.initialState(), status: 'completed' };
      case 'ReplicationFailed':
        return afterFailure(state, event.data);
    }
  },
};

function afterFailure(
  state: Transfer,
  failure: Extract<TransferEvent, { readonly type: 'ReplicationFailed' }>['data'],
): Transfer {
  const own = isOwnFailure(failure.code);
  const known = own ? state.here : state.bySource.get(failure.peerIss);
  const badManifest = failure.code === 'STORAGE_MANIFEST_INVALID';
  const retry = { failures: (known?.failures ?? 0) + 1, nextTryAt: failure.nextTryAt ?? new Date(0), badManifest };
  return {
    ...state,
    status: 'failed',
    sourceIss: '',
    here: own ? retry : undefined,
    bySource: own ? state.bySource : new Map(state.bySource).set(failure.peerIss, retry),
  };
}
