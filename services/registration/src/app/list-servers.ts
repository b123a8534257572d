import type { KnownServer as ServerMessage } from '@odst/contracts/registration';
import { isRetired, type SignedRetirement } from '../domain/retirement.ts';
import type { SignedProfile } from '../domain/signed-profile.ts';
import type { Directory, OtherServer } from './directory.ts';

/** Every server that is known here, this one first, the others by name; whatever this process has changed before is in it. */
export type ListServers = () => Promise<ServerMessage[]>;

/** Builds the use case. */
export function createListServers({ directory }: { readonly directory: Directory }): ListServers {
  return async () => {
    await directory.catchUp();
    const { profile, retirement } = directory.server();
    const said = { relation: 'self', introducedBy: '', since: undefined, blockedSince: undefined };
    const own: ServerMessage = { profile, ...said, ...retirementOf(directory, retirement, profile) };
    return [own, ...directory.others().map((server) => knownServerMessage(directory, server))];
  };
}

/** Another server as the contract has it. */
export function knownServerMessage(directory: Directory, server: OtherServer): ServerMessage {
  const { profile, relation, introducedBy, since, blockedSince, retirement } = server;
  const said = { relation, introducedBy: relation === 'introduced' ? introducedBy : '', since, blockedSince };
  return { profile, ...said, ...retirementOf(directory, retirement, profile) };
}

function retirementOf(directory: Directory, retirement: SignedRetirement | undefined, profile: SignedProfile) {
  if (retirement === undefined) return { retirement, retired: false, retiredByName: '' };
  const { iss, profile: own } = directory.server();
  const { byIss } = retirement;
  const retiredByName = (byIss === iss ? own : directory.known(byIss)?.profile)?.name ?? '';
  return { retirement, retired: isRetired(retirement, profile), retiredByName };
}
