import type { Api } from './api.ts';
import type { Terminal } from './terminal.ts';

/** What `POST /api/v1/identity` answers. */
type Renewal = { readonly iss: string; readonly peers: readonly string[] };

/**
 * `odst identity new`: another identity for a copy of a server, at its next start.
 * @param yes whether to do it; else only what would go is told
 */
export async function newIdentity(api: Api, yes: boolean, { print }: Terminal): Promise<void> {
  const { iss, peers } = (await api.send('POST', `/api/v1/identity?dryRun=${!yes}`)) as Renewal;
  const again = peers.length === 0 ? 'It has no peers.' : `To be registered again: ${peers.join(', ')}.`;
  if (yes) {
    print(`The next start gives this server another ISS ID and Key than ${iss}. ${again} Start it anew now.`);
    return;
  }
  print(
    `Would give this server another ISS ID and Key than ${iss} at its next start; packages, settings and accounts stay. ${again}`,
  );
  print('Nothing was changed. To do it: odst identity new --yes');
}
