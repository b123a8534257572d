import type { Caller } from '@odst/kernel';
import type { Clients } from './clients.ts';

/** Names of the servers that are known here, by their identities. */
export type ServerNames = ReadonlyMap<string, string>;

/** The names as they are now; none, without asking, where nothing is to be named. */
export async function serverNames(clients: Clients, caller: Caller, isses: readonly string[]): Promise<ServerNames> {
  if (isses.every((iss) => iss === '')) return new Map();
  const { servers } = await clients.server.listServers({}, { caller });
  return new Map(servers.flatMap(({ profile }) => (profile === undefined ? [] : [[profile.iss, profile.name]])));
}
