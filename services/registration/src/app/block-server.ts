import type { EventMetadata } from '@odst/event-store';
import { OdstError } from '@odst/kernel';
import type { Logger } from '@odst/telemetry';
import { serverStream } from '../domain/server.ts';
import { type Directory, isPeer, type OtherServer } from './directory.ts';
import { assertVersion } from './expected-version.ts';
import type { OwnIdentity } from './identity.ts';
import type { InvitationKey } from './invitation-key.ts';
import type { Streams } from './streams.ts';
import type { TellEnd } from './unregister-peer.ts';

/** What blocking a server does, or would do. */
export type Blocking = {
  /** As it is afterwards; as it is now in a dry run. */
  readonly server: OtherServer;
  /** Whether it is unregistered by this. */
  readonly unregistered: boolean;
  /** Whether it was told that it is no peer any more; if not, it learns at its next request. */
  readonly peerTold: boolean;
  /** Whether this server's Key is changed by this: not where the server was blocked before. */
  readonly keyChanged: boolean;
  /** How many servers are known because it introduced them; they stay. */
  readonly introduced: number;
};

/**
 * Takes nothing more of what a server signs, whoever passes it on; what was taken before stays, and so does its name. Where it is a
 * peer it is unregistered, on both sides as far as it can be reached. This server's Key is changed, as the one that is blocked knows it.
 * @param dryRun only tells what it would do
 * @param expectedVersion version of the server that the admin saw. Default 0, whatever there is
 * @throws OdstError REGISTRATION_SERVER_UNKNOWN, REGISTRATION_PEER_SELF, COMMON_COMMAND_CONFLICT at another version than the expected one
 */
export type BlockServer = (iss: string, dryRun: boolean, metadata: EventMetadata, expectedVersion?: bigint) => Promise<Blocking>;

/** The server as it is then, and whether it was blocked before. */
export type Unblocking = { readonly server: OtherServer; readonly wasBlocked: boolean };

/**
 * Takes again what a server signs. It does not become a peer by that: it is to be registered anew. Not blocked, it does nothing.
 * @throws OdstError REGISTRATION_SERVER_UNKNOWN, REGISTRATION_PEER_SELF
 */
export type UnblockServer = (iss: string, metadata: EventMetadata) => Promise<Unblocking>;

type Deps = {
  readonly streams: Streams;
  readonly directory: Directory;
  readonly identity: OwnIdentity;
  readonly logger: Logger;
};

/** Another server. @throws OdstError REGISTRATION_SERVER_UNKNOWN, and REGISTRATION_PEER_SELF for this one */
export async function findServer(
  { directory, identity }: Pick<Deps, 'directory' | 'identity'>,
  iss: string,
): Promise<OtherServer> {
  await directory.catchUp();
  if (iss === identity.iss) throw new OdstError('REGISTRATION_PEER_SELF', 'the ISS ID is the one of this server');
  const server = directory.known(iss);
  if (server === undefined) throw new OdstError('REGISTRATION_SERVER_UNKNOWN', `no server with the ISS ID ${iss} is known here`);
  return server;
}

/** Builds the use case. */
export function createBlockServer(
  deps: Deps & { readonly invitationKey: InvitationKey; readonly tellEnd: TellEnd },
): BlockServer {
  const { streams, directory, invitationKey, tellEnd, logger } = deps;
  return async (iss, dryRun, metadata, expectedVersion = 0n) => {
    const before = await findServer(deps, iss);
    assertVersion(before.version, expectedVersion);
    const unregistered = isPeer(before) && !before.blocked;
    const introduced = directory.others().filter((one) => one.relation === 'introduced' && one.introducedBy === iss).length;
    const outcome = { server: before, unregistered, peerTold: false, keyChanged: !before.blocked, introduced };
    if (dryRun || before.blocked) return outcome;
    // First: between the two nobody can come in, and where the second fails nothing is lost but a Key.
    await invitationKey.rotate({ ...metadata, commandId: `${metadata.commandId}:key` });
    await streams.knownServers.run({
      stream: serverStream(iss),
      command: (_state, version) => {
        assertVersion(version, expectedVersion);
        return { type: 'BlockServer', profile: before.profile };
      },
      metadata,
    });
    await directory.catchUp();
    logger.warn({ server: iss, name: before.profile.name, actor: metadata.actor }, 'a server was blocked');
    const peerTold = isPeer(before) && (await tellEnd(before));
    return { ...outcome, server: directory.known(iss) ?? before, peerTold };
  };
}

/** Builds the use case. */
export function createUnblockServer(deps: Deps): UnblockServer {
  const { streams, directory, logger } = deps;
  return async (iss, metadata) => {
    const before = await findServer(deps, iss);
    const { events } = await streams.knownServers.run({
      stream: serverStream(iss),
      command: () => ({ type: 'UnblockServer' }),
      metadata,
    });
    await directory.catchUp();
    const server = directory.known(iss) ?? before;
    const wasBlocked = events.length > 0;
    if (wasBlocked) logger.warn({ server: iss, name: server.profile.name, actor: metadata.actor }, 'a server was unblocked');
    return { server, wasBlocked };
  };
}
