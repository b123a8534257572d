import { syncEventCodec } from '@odst/contracts/sync';
import { type CommandHandler, createCommandHandler, type EventStore } from '@odst/event-store';
import { type PeerSession, type PeerSessionCommand, peerSession } from '../domain/peer-session.ts';
import { type Transfer, type TransferCommand, transfer } from '../domain/transfer.ts';
import { type ChoicesCommand, type TransferChoices, transferChoices } from '../domain/transfer-choices.ts';

/** The streams that sync's commands are run on. */
export type Streams = {
  /** Streams `transfer-<sha256>.<manifest digest>`. */
  readonly transfers: CommandHandler<Transfer, TransferCommand>;
  /** Streams `peer-<iss>`. */
  readonly sessions: CommandHandler<PeerSession, PeerSessionCommand>;
  /** The stream `choices-transfers`. */
  readonly choices: CommandHandler<TransferChoices, ChoicesCommand>;
};

/** The streams of sync over its event store. */
export function createStreams(store: EventStore): Streams {
  return {
    transfers: createCommandHandler(store, transfer, syncEventCodec),
    sessions: createCommandHandler(store, peerSession, syncEventCodec),
    choices: createCommandHandler(store, transferChoices, syncEventCodec),
  };
}
