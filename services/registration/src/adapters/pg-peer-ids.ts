import { type Queryable, queryRows } from '@odst/postgres';
import type { PeerIds } from '../app/ports.ts';

/** The sequence `peer_ids`. */
export function createPeerIds(pool: Queryable): PeerIds {
  const text = `SELECT nextval('peer_ids')::integer AS id`;
  return {
    async next() {
      const [row] = await queryRows<{ id: number }>(pool, text);
      if (row === undefined) throw new Error('the sequence gave no number');
      return row.id;
    },
  };
}
