import type { KnownServer as ServerMessage } from '@odst/contracts/registration';
import type { Directory, OtherServer } from './directory.ts';

/** Every server that is known here, this one first, the others by name; whatever this process has changed before is in it. */
export type ListServers = () => Promise<ServerMessage[]>;

/** Builds the use case. */
export function createListServers({ directory }: { readonly directory: Directory }): ListServers {
  return async () => {
    await directory.catchUp();
    const own: ServerMessage = {
      profile: directory.server().profile,
      relation: 'self',
      introducedBy: '',
      since: undefined,
      blockedSince: undefined,
    };
    return [own, ...directory.others().map(knownServerMessage)];
  };
}

/** Another server as the contract has it. */
export function knownServerMessage({ profile, relation, introducedBy, since, blockedSince }: OtherServer): ServerMessage {
  return { profile, relation, introducedBy: relation === 'introduced' ? introducedBy : '', since, blockedSince };
}
