import { createEventCodec } from '@odst/contracts';
import { registrationEvents } from '@odst/contracts/registration';
import { type CommandHandler, createCommandHandler, type EventStore } from '@odst/event-store';
import { type AccountCommand, type AccountState, accountDecider } from '../domain/account.ts';
import { type ApiTokenCommand, type ApiTokenState, apiTokenDecider } from '../domain/api-token.ts';
import { type KnownServerCommand, type KnownServerState, knownServerDecider } from '../domain/known-server.ts';
import { type ServerCommand, type ServerState, serverDecider } from '../domain/server.ts';
import { type SessionCommand, type SessionState, sessionDecider } from '../domain/session.ts';

const { ServerInitialized, ServerSettingsChanged, ServerPolicyChanged, KeyRotated } = registrationEvents;
const { PeerRegistered, PeerUnregistered, PeerSettingsChanged } = registrationEvents;
const { ServerIntroduced, ServerProfileChanged, ServerBlocked, ServerUnblocked } = registrationEvents;
const { ServerRetired, ServerReturned } = registrationEvents;
const { AccountCreated, AccountChanged, AccountPasswordChanged, AccountRemoved } = registrationEvents;
const { ApiTokenIssued, ApiTokenRevoked, SessionStarted, SessionEnded } = registrationEvents;

/** The streams that registration's commands are run on. */
export type Streams = {
  /** Streams `server-<iss>`: this server. */
  readonly servers: CommandHandler<ServerState, ServerCommand>;
  /** Streams `server-<iss>`: all others. */
  readonly knownServers: CommandHandler<KnownServerState, KnownServerCommand>;
  /** Streams `account-<username>`. */
  readonly accounts: CommandHandler<AccountState, AccountCommand>;
  /** Streams `token-<id>`. */
  readonly tokens: CommandHandler<ApiTokenState, ApiTokenCommand>;
  /** Streams `session-<id>`. */
  readonly sessions: CommandHandler<SessionState, SessionCommand>;
};

/** The streams of registration over its event store. */
export function createStreams(store: EventStore): Streams {
  const ofServers = createEventCodec({
    ServerInitialized,
    ServerSettingsChanged,
    ServerPolicyChanged,
    KeyRotated,
    ServerRetired,
    ServerReturned,
  });
  const ofKnownServers = createEventCodec({
    PeerRegistered,
    PeerUnregistered,
    PeerSettingsChanged,
    ServerIntroduced,
    ServerProfileChanged,
    ServerBlocked,
    ServerUnblocked,
    ServerRetired,
    ServerReturned,
  });
  const ofAccounts = createEventCodec({ AccountCreated, AccountChanged, AccountPasswordChanged, AccountRemoved });
  return {
    servers: createCommandHandler(store, serverDecider, ofServers),
    knownServers: createCommandHandler(store, knownServerDecider, ofKnownServers),
    accounts: createCommandHandler(store, accountDecider, ofAccounts),
    tokens: createCommandHandler(store, apiTokenDecider, createEventCodec({ ApiTokenIssued, ApiTokenRevoked })),
    sessions: createCommandHandler(store, sessionDecider, createEventCodec({ SessionStarted, SessionEnded })),
  };
}
