import type { PeerIds } from '../app/ports.ts';
import type { Database } from './database.ts';

/** The sequence `peer_ids`. */
export function createPeerIds(database: Database): PeerIds {
  const text = `SELECT nextval('${database.table('peer_ids')}')::integer AS id`;
  return {
    async next() {
      const [row] = await database.query<{ id: number }>(text, []);
      if (row === undefined) throw new Error('the sequence gave no number');
      return row.id;
    },
  };
}
