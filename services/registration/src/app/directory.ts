import { registrationEventCodec } from '@odst/contracts/registration';
import type { EventSource, RecordedEvent } from '@odst/event-store';
import { OdstError } from '@odst/kernel';
import { type AccountState, accountDecider } from '../domain/account.ts';
import { type PeerEvent, type PeerState, peerDecider } from '../domain/peer.ts';
import { type ServerState, serverDecider } from '../domain/server.ts';

/** This server, once it has its identity. */
export type KnownServer = NonNullable<ServerState>;

/** A server that is or was a peer. */
export type KnownPeer = NonNullable<PeerState> & { readonly registeredAt: Date };

/** An account. */
export type KnownAccount = NonNullable<AccountState>;

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
  /** The key of a server, also when it is no peer any more: what it signed then still counts. */
  keyOf(iss: string): Uint8Array | undefined;
  account(username: string): KnownAccount | undefined;
}

const pageSize = 500;

/** Builds an empty directory over the service's own store. */
export function createDirectory(source: EventSource): Directory {
  let position = 0n;
  let server: ServerState;
  const peers = new Map<string, KnownPeer>();
  const accounts = new Map<string, KnownAccount>();

  const applyToPeer = (event: PeerEvent, recordedAt: Date) => {
    const before = peers.get(event.data.iss);
    const after = peerDecider.evolve(before, event);
    const registeredAt = event.type === 'PeerRegistered' ? recordedAt : before?.registeredAt;
    if (after !== undefined && registeredAt !== undefined) peers.set(after.iss, { ...after, registeredAt });
  };

  const apply = (recorded: RecordedEvent) => {
    if (!registrationEventCodec.reads(recorded)) return;
    const event = registrationEventCodec.decode(recorded);
    switch (event.type) {
      case 'ServerInitialized':
      case 'ServerSettingsChanged':
        server = serverDecider.evolve(server, event);
        break;
      case 'AccountCreated':
      case 'AccountPasswordChanged': {
        const after = accountDecider.evolve(accounts.get(event.data.username), event);
        if (after !== undefined) accounts.set(after.username, after);
        break;
      }
      default:
        applyToPeer(event, recorded.recordedAt);
    }
  };

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
      // One reader at a time, so that events are applied in order; each call reads after the one before it.
      reading = reading.then(read, read);
      return reading;
    },
    position: () => position,
    server() {
      if (server === undefined) throw new OdstError('COMMON_SERVICE_UNAVAILABLE', 'the server has no identity yet');
      return server;
    },
    peers: () => [...peers.values()].filter((peer) => peer.registered).sort((one, other) => one.peerId - other.peerId),
    peer(iss) {
      const peer = peers.get(iss);
      return peer?.registered ? peer : undefined;
    },
    keyOf: (iss) => peers.get(iss)?.publicKey,
    account: (username) => accounts.get(username),
  };
}
