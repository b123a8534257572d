import type { EventMetadata } from '@odst/event-store';
import { changedPolicy, type NewPolicy, type Policy, policyStream } from '../domain/policy.ts';
import type { Directory } from './directory.ts';
import type { OwnIdentity } from './identity.ts';
import type { Streams } from './streams.ts';

/**
 * Changes what this server does with packages by itself, and answers with all of it; where nothing is to change, only that.
 * @throws OdstError REGISTRATION_SETTING_INVALID with a pointer to what is wrong; nothing is changed
 */
export type ChangePolicy = (changes: NewPolicy, metadata: EventMetadata) => Promise<Policy>;

/** Builds the use case. */
export function createChangePolicy(deps: {
  readonly streams: Streams;
  readonly directory: Directory;
  readonly identity: OwnIdentity;
}): ChangePolicy {
  const { streams, directory, identity } = deps;
  return async ({ deletions, trashDays }, metadata) => {
    if (deletions === undefined && trashDays === undefined) return directory.policy();
    await streams.policies.run({
      stream: policyStream(identity.iss),
      command: (present) => ({
        type: 'ChangePolicy',
        iss: identity.iss,
        policy: changedPolicy(present, { deletions, trashDays }),
      }),
      // The other settings of the same request are another command.
      metadata: { ...metadata, commandId: `${metadata.commandId}:policy` },
    });
    await directory.catchUp();
    return directory.policy();
  };
}
