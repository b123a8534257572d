import type { EventMetadata } from '@odst/event-store';
import { isOdstError, OdstError } from '@odst/kernel';
import type { Logger } from '@odst/telemetry';
import { invitationKeyBytes } from '../domain/invitation.ts';
import { serverStream } from '../domain/server.ts';
import type { Directory } from './directory.ts';
import type { OwnIdentity } from './identity.ts';
import type { Random, Secrets } from './ports.ts';
import type { Streams } from './streams.ts';

/** The key of this server's invitation: who has it may register. A secret. */
export interface InvitationKey {
  /** As it is now, 32 bytes; read once and then held in memory. @throws OdstError COMMON_SECRET_UNREADABLE */
  current(): Promise<Uint8Array>;
  /**
   * Makes another one, and gives it. The one before opens nothing from then on and is removed; peers go on as before, as their requests
   * are signed with keys of their own.
   */
  rotate(metadata: EventMetadata): Promise<Uint8Array>;
}

/** Builds the key. */
export function createInvitationKey(deps: {
  readonly streams: Streams;
  readonly directory: Directory;
  readonly identity: OwnIdentity;
  readonly secrets: Secrets;
  readonly random: Random;
  readonly logger: Logger;
}): InvitationKey {
  const { streams, directory, identity, secrets, random, logger } = deps;
  let held: { readonly id: string; readonly key: Uint8Array } | undefined;

  const read = async (id: string): Promise<Uint8Array> => {
    if (held?.id !== id) held = { id, key: await secrets.read(id) };
    return held.key;
  };

  const current = async (): Promise<Uint8Array> => {
    const id = directory.server().keySecretId;
    try {
      return await read(id);
    } catch (error) {
      if (!isOdstError(error, 'COMMON_SECRET_UNREADABLE')) throw error;
      // Another process may have changed it a moment ago, of which this one has not read yet.
      await directory.catchUp();
      const now = directory.server().keySecretId;
      if (now === id) throw error;
      return read(now);
    }
  };

  return {
    current,
    async rotate(metadata) {
      const keySecretId = random.uuid();
      let before: string | undefined;
      await streams.servers.run({
        stream: serverStream(identity.iss),
        command: (state) => {
          before = state?.keySecretId;
          return { type: 'RotateKey', keySecretId };
        },
        metadata,
        alongside: async (transaction) => {
          if (before === undefined) throw new OdstError('COMMON_SERVICE_UNAVAILABLE', 'the server has no identity yet');
          await secrets.write(transaction, keySecretId, random.bytes(invitationKeyBytes));
          await secrets.remove(transaction, before);
        },
      });
      await directory.catchUp();
      logger.info({ actor: metadata.actor }, 'the Key of this server was changed');
      return current();
    },
  };
}
