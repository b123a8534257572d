import type { EventMetadata } from '@odst/event-store';
import { OdstError } from '@odst/kernel';
import { longestReason } from '../domain/transfer-choices.ts';
import type { TransferRow } from './transfer-view.ts';
import type { Transfers } from './transfers.ts';

/** What is to change of a transfer. What is undefined stays. */
export type TransferChange = {
  readonly sha256: string;
  readonly paused: boolean | undefined;
  readonly first: boolean | undefined;
  /** Why it is paused; empty for no reason. */
  readonly reason: string;
};

/** Whether anything is to be fetched from a peer. */
export type PeerPause = { readonly peerIss: string; readonly paused: boolean; readonly reason: string };

/**
 * Has an admin's decision written down and followed; one that changes nothing is fine.
 * @throws OdstError SYNC_TRANSFER_UNKNOWN where the content is not wanted; COMMON_REQUEST_INVALID, COMMON_DATABASE_UNAVAILABLE
 */
export async function changeTransfer(
  { choices, view }: Pick<Transfers, 'choices' | 'view'>,
  { sha256: blob, ...change }: TransferChange,
  metadata: EventMetadata,
): Promise<TransferRow> {
  checkReason(change.reason);
  const before = view.row(blob);
  if (before === undefined) throw unknown(blob);
  const { verifiedBytes = 0n } = before;
  await choices.run({ type: 'ChangeTransfer', blob, ...change, by: metadata.actor, verifiedBytes }, metadata);
  return view.row(blob) ?? before;
}

/** The same of a peer. @throws OdstError COMMON_REQUEST_INVALID, COMMON_DATABASE_UNAVAILABLE */
export async function pausePeer(
  { choices }: Pick<Transfers, 'choices'>,
  { peerIss, paused, reason }: PeerPause,
  metadata: EventMetadata,
): Promise<void> {
  checkReason(reason);
  const command = paused
    ? ({ type: 'PausePeer', peerIss, by: metadata.actor, reason } as const)
    : ({ type: 'ResumePeer', peerIss } as const);
  await choices.run(command, metadata);
}

function unknown(sha256: string): OdstError {
  return new OdstError('SYNC_TRANSFER_UNKNOWN', `nothing is to be fetched of ${sha256.slice(0, 12)}`, { sha256 });
}

function checkReason(reason: string): void {
  if (reason.length <= longestReason) return;
  throw new OdstError('COMMON_REQUEST_INVALID', `a reason has ${longestReason} characters at most`, { pointer: '/reason' });
}
