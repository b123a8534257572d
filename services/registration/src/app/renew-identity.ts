import { type EventMetadata, serviceMetadata } from '@odst/event-store';
import type { Logger } from '@odst/telemetry';
import { serverStream } from '../domain/server.ts';
import type { Directory } from './directory.ts';
import type { IdentityRegister, Random } from './ports.ts';
import type { Streams } from './streams.ts';

/** What another identity costs. */
export type Renewal = {
  /** The identity that goes. */
  readonly iss: string;
  /** Names of the peers that are to be registered again. */
  readonly peers: readonly string[];
};

/**
 * Has the next start give this server another identity, as it has to where its data folder was copied.
 * @param dryRun only tells what would go
 */
export type RenewIdentity = (dryRun: boolean, metadata: EventMetadata) => Promise<Renewal>;

/** Builds the use case. */
export function createRenewIdentity(deps: {
  readonly directory: Directory;
  readonly identities: IdentityRegister;
  readonly logger: Logger;
}): RenewIdentity {
  const { directory, identities, logger } = deps;
  return async (dryRun, { actor }) => {
    const { iss } = directory.server();
    const peers = directory.peers().map(({ profile }) => profile.name);
    if (!dryRun) {
      await identities.askRenewal();
      logger.warn(
        { iss, actor, peers },
        'the next start gives this server another identity, and its peers are to be registered again',
      );
    }
    return { iss, peers };
  };
}

/**
 * Ends the exchange with those that know this server by an identity that it has no more. They are not told: the server that has that
 * identity is their peer and stays it. Doing it again is harmless.
 */
export async function forgetStrangers(deps: {
  readonly streams: Streams;
  readonly directory: Directory;
  readonly random: Random;
  readonly logger: Logger;
}): Promise<void> {
  const { streams, directory, random, logger } = deps;
  for (const iss of directory.strangers()) {
    await streams.knownServers.run({
      stream: serverStream(iss),
      command: () => ({ type: 'UnregisterPeer', iss, initiatedBy: 'here' }),
      metadata: serviceMetadata('registration', random.uuid()),
    });
    logger.warn({ peer: iss }, 'a peer of the identity before is no peer any more: register it again');
  }
  await directory.catchUp();
}
