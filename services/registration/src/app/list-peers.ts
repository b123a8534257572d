import type { Directory, KnownPeer } from './directory.ts';
import type { PeerRows } from './ports.ts';

/** The registered peers, ordered by id; whatever this process has changed before is in it. */
export type ListPeers = () => Promise<readonly KnownPeer[]>;

/** Builds the use case. */
export function createListPeers(deps: { readonly directory: Directory; readonly rows: PeerRows }): ListPeers {
  return () => deps.rows.registered(deps.directory.position());
}
