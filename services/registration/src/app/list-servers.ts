import type { KnownServer as ServerMessage } from '@odst/contracts/registration';
import type { Directory } from './directory.ts';

/** Every server that is known here, this one first, the others by name; whatever this process has changed before is in it. */
export type ListServers = () => Promise<ServerMessage[]>;

/** Builds the use case. */
export function createListServers({ directory }: { readonly directory: Directory }): ListServers {
  return async () => {
    await directory.catchUp();
    const own: ServerMessage = { profile: directory.server().profile, relation: 'self', introducedBy: '', since: undefined };
    const others = directory.others().map(({ profile, relation, introducedBy, since }): ServerMessage => {
      return { profile, relation, introducedBy: relation === 'introduced' ? introducedBy : '', since };
    });
    return [own, ...others];
  };
}
