import { type RegistrationEvent, registrationEventCodec } from '@odst/contracts/registration';
import { type CommandHandler, createCommandHandler, type EventCodec, type EventStore } from '@odst/event-store';
import { type AccountCommand, type AccountEvent, type AccountState, accountDecider } from '../domain/account.ts';
import { type PeerCommand, type PeerEvent, type PeerState, peerDecider } from '../domain/peer.ts';
import { type ServerCommand, type ServerEvent, type ServerState, serverDecider } from '../domain/server.ts';

/** The command handlers of the three aggregates, over one store. */
export type Aggregates = {
  readonly server: CommandHandler<ServerState, ServerCommand>;
  readonly peer: CommandHandler<PeerState, PeerCommand>;
  readonly account: CommandHandler<AccountState, AccountCommand>;
};

/** The part of the service's codec that one aggregate needs. */
function codecOf<Event extends RegistrationEvent>(types: readonly Event['type'][]): EventCodec<Event> {
  const known: readonly string[] = types;
  return {
    knows: (type) => known.includes(type),
    reads: (recorded) => known.includes(recorded.type) && registrationEventCodec.reads(recorded),
    encode: (event) => registrationEventCodec.encode(event),
    decode: (recorded) => registrationEventCodec.decode(recorded) as Event,
  };
}

/** Builds the handlers. */
export function createAggregates(store: EventStore): Aggregates {
  const ofServer = codecOf<ServerEvent>(['ServerInitialized', 'ServerSettingsChanged']);
  const ofPeer = codecOf<PeerEvent>(['PeerRegistered', 'PeerProfileChanged', 'PeerUnregistered']);
  const ofAccount = codecOf<AccountEvent>(['AccountCreated', 'AccountPasswordChanged']);
  return {
    server: createCommandHandler(store, serverDecider, ofServer),
    peer: createCommandHandler(store, peerDecider, ofPeer),
    account: createCommandHandler(store, accountDecider, ofAccount),
  };
}
