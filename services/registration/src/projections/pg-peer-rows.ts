import { type Queryable, queryRows } from '@odst/postgres';
import type { ProjectionRunner } from '@odst/projections';
import { isPeer } from '../app/directory.ts';
import type { PeerRows } from '../app/ports.ts';
import { type ServerRow, serverColumns, serverOf } from './server-row.ts';

/** Reads the peers out of the table `known_servers`. */
export function createPeerRows(pool: Queryable, projection: Pick<ProjectionRunner, 'waitFor'>): PeerRows {
  const text = `SELECT ${serverColumns.join(', ')} FROM known_servers
    WHERE relation = 'peer' ORDER BY peer_id`;
  return {
    async registered(position) {
      await projection.waitFor(position);
      return (await queryRows<ServerRow>(pool, text)).map(serverOf).filter(isPeer);
    },
  };
}
