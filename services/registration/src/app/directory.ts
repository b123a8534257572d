import { registrationEventCodec } from '@odst/contracts/registration';
import type { EventSource, RecordedEvent } from '@odst/event-store';
import { OdstError } from '@odst/kernel';
import { type AccountEvent, type AccountState, accountDecider } from '../domain/account.ts';
import { type ApiTokenEvent, type ApiTokenState, apiTokenDecider } from '../domain/api-token.ts';
import { type KnownServerEvent, type KnownServerState, knownServerDecider, unsetSettings } from '../domain/known-server.ts';
import { type ServerEvent, type ServerState, serverDecider } from '../domain/server.ts';
import type { SessionEvent } from '../domain/session.ts';

/** This server, once it has its identity. */
export type KnownServer = NonNullable<ServerState> & {
  /** Of its stream. */
  readonly version: number;
};

/** Another server. */
export type OtherServer = NonNullable<KnownServerState> & {
  /** When it became what it is here: peer, introduced or former peer. */
  readonly since: Date;
  /** Since when nothing more of what it signs is taken; undefined for one that is not blocked. */
  readonly blockedSince: Date | undefined;
  /** Of its stream. */
  readonly version: number;
};

/** A registered peer. */
export type KnownPeer = OtherServer & { readonly relation: 'peer' };

/** An account. */
export type KnownAccount = NonNullable<AccountState>;

/** An API token that was not revoked. */
export type KnownToken = NonNullable<ApiTokenState> & { readonly issuedAt: Date };

/**
 * Who is known here, in memory and straight from the events: signatures and logins are judged without a query, and a
 * revocation counts as soon as it is read, however far behind a table may be.
 */
export interface Directory {
  /** Reads the events since the last time; afterwards everything committed before the call is known. */
  catchUp(): Promise<void>;
  /** Position of the last event that is known here. */
  position(): bigint;
  /** This server. @throws OdstError COMMON_SERVICE_UNAVAILABLE before its first start is through */
  server(): KnownServer;
  /** The registered peers, ordered by id. */
  peers(): readonly KnownPeer[];
  /** The registered peer of this identity. */
  peer(iss: string): KnownPeer | undefined;
  /** Any other server that was ever known: what it signed counts, be it a peer or not. */
  known(iss: string): OtherServer | undefined;
  /** All of them, ordered by name, then iss. */
  others(): readonly OtherServer[];
  /** Peers that know this server by an identity that it has no more. */
  strangers(): readonly string[];
  account(username: string): KnownAccount | undefined;
  /** All accounts, in no order. */
  accounts(): readonly KnownAccount[];
  /** A token that was not revoked, whether its time is over or not. */
  token(tokenId: string): KnownToken | undefined;
  /** All of them, in no order. */
  tokens(): readonly KnownToken[];
}

const pageSize = 500;

/** Builds an empty directory over the service's own store. */
export function createDirectory(source: EventSource): Directory {
  let server: KnownServer | undefined;
  const others = new Map<string, OtherServer>();
  let strangers = new Set<string>();
  const logins = createLogins();

  const applyToOther = (event: KnownServerEvent, recorded: RecordedEvent) => {
    const before = others.get(event.data.iss);
    const after = afterEvent(before, event, recorded);
    if (after === undefined) return;
    others.set(after.iss, after);
    strangers.delete(after.iss);
  };

  /** This server got another identity: the one before is known like another server, since what it signed still counts. */
  const leaveBehind = (before: KnownServer, since: Date) => {
    strangers = new Set([...others.values()].filter(isPeer).map((peer) => peer.iss));
    others.set(before.iss, formerOf(before, since));
  };

  const applyToServer = (event: ServerEvent, { version }: RecordedEvent) => {
    const after = serverDecider.evolve(event.type === 'ServerInitialized' ? undefined : server, event);
    server = after === undefined ? undefined : { ...after, version };
  };

  const apply = (recorded: RecordedEvent) => {
    if (!registrationEventCodec.reads(recorded)) return;
    const event = registrationEventCodec.decode(recorded);
    if (isLoginEvent(event)) {
      logins.apply(event, recorded.recordedAt);
      return;
    }
    switch (event.type) {
      case 'ServerInitialized':
        if (server !== undefined) leaveBehind(server, recorded.recordedAt);
        applyToServer(event, recorded);
        break;
      case 'ServerSettingsChanged':
      case 'ServerPolicyChanged':
      case 'KeyRotated':
        applyToServer(event, recorded);
        break;
      default:
        if (isOfServer(event, server)) applyToServer(event, recorded);
        else applyToOther(event, recorded);
    }
  };

  const following = followSource(source, apply);
  return {
    ...following,
    server() {
      if (server === undefined) throw new OdstError('COMMON_SERVICE_UNAVAILABLE', 'the server has no identity yet');
      return server;
    },
    peers: () => [...others.values()].filter(isPeer).sort((one, other) => one.peerId - other.peerId),
    peer: (iss) => asPeer(others.get(iss)),
    known: (iss) => others.get(iss),
    others: () => [...others.values()].sort(byName),
    strangers: () => [...strangers],
    account: (username) => logins.accounts.get(username),
    accounts: () => [...logins.accounts.values()],
    token: (tokenId) => logins.tokens.get(tokenId),
    tokens: () => [...logins.tokens.values()],
  };
}

/** Whether it is this server that an event of retirement is of. */
function isOfServer(event: KnownServerEvent, server: ServerState): event is KnownServerEvent & ServerEvent {
  return (event.type === 'ServerRetired' || event.type === 'ServerReturned') && event.data.iss === server?.iss;
}

/** This server as another one: under an identity that it has no more. */
function formerOf({ iss, profile, version }: KnownServer, since: Date): OtherServer {
  const unknown = { relation: 'former', peerId: 0, introducedBy: '', ...unsetSettings, blockedSince: undefined } as const;
  return { ...unknown, iss, profile, since, version };
}

/** Reads a store to its end, again and again. One reader at a time, so that events are applied in order; each call reads after the one before it. */
function followSource(source: EventSource, apply: (recorded: RecordedEvent) => void): Pick<Directory, 'catchUp' | 'position'> {
  let position = 0n;
  const read = async () => {
    for (;;) {
      const page = await source.readAll(position, pageSize);
      for (const recorded of page) {
        apply(recorded);
        position = recorded.position;
      }
      if (page.length < pageSize) return;
    }
  };
  let reading: Promise<void> = Promise.resolve();
  return {
    catchUp() {
      reading = reading.then(read, read);
      return reading;
    },
    position: () => position,
  };
}

type LoginEvent = AccountEvent | ApiTokenEvent | SessionEvent;

function isLoginEvent(event: LoginEvent | { readonly type: string }): event is LoginEvent {
  return /^(?:Account|ApiToken|Session)/.test(event.type);
}

/** Who may log in, and with what. */
function createLogins() {
  const accounts = new Map<string, KnownAccount>();
  const tokens = new Map<string, KnownToken>();
  return {
    accounts,
    tokens,
    apply(event: LoginEvent, at: Date): void {
      // Sessions are rows: nothing of them is kept in memory.
      if (event.type === 'SessionStarted' || event.type === 'SessionEnded') return;
      if (event.type === 'ApiTokenIssued' || event.type === 'ApiTokenRevoked') {
        const after = apiTokenDecider.evolve(undefined, event);
        if (after === undefined) tokens.delete(event.data.tokenId);
        else tokens.set(after.tokenId, { ...after, issuedAt: at });
        return;
      }
      const { username } = event.data;
      const after = accountDecider.evolve(accounts.get(username), event);
      if (after === undefined) accounts.delete(username);
      else accounts.set(username, after);
    },
  };
}

/** What is known of another server after an event, with the times of what it changed. */
export function afterEvent(
  before: OtherServer | undefined,
  event: KnownServerEvent,
  { recordedAt: at, version }: Pick<RecordedEvent, 'recordedAt' | 'version'>,
): OtherServer | undefined {
  const after = knownServerDecider.evolve(before, event);
  if (after === undefined) return undefined;
  const since = before?.relation === after.relation ? before.since : at;
  return { ...after, since, blockedSince: after.blocked ? (before?.blockedSince ?? at) : undefined, version };
}

function asPeer(server: OtherServer | undefined): KnownPeer | undefined {
  return server !== undefined && isPeer(server) ? server : undefined;
}

/** Whether a server is a registered peer. */
export function isPeer(server: OtherServer): server is KnownPeer {
  return server.relation === 'peer';
}

function byName(one: OtherServer, other: OtherServer): number {
  const [a, b] = [one.profile.name.toLowerCase(), other.profile.name.toLowerCase()];
  return a === b ? (one.iss < other.iss ? -1 : 1) : a < b ? -1 : 1;
}
