import type { Clock } from '@odst/kernel';
import { type Queryable, queryRows } from '@odst/postgres';
import type { PeerClocks } from '../app/ports.ts';

/** Rows of `peer_clocks`, all of them in memory. */
export async function loadPeerClocks(pool: Queryable, clock: Clock): Promise<PeerClocks> {
  const rows = await queryRows<{ iss: string; offset_ms: string }>(pool, 'SELECT iss, offset_ms FROM peer_clocks');
  const offsets = new Map(rows.map((row) => [row.iss, Number(row.offset_ms)]));
  return {
    offsetMs: (iss) => offsets.get(iss) ?? 0,
    async record(iss, offsetMs) {
      offsets.set(iss, offsetMs);
      await queryRows(
        pool,
        `INSERT INTO peer_clocks (iss, offset_ms, seen_at) VALUES ($1, $2, $3)
         ON CONFLICT (iss) DO UPDATE SET offset_ms = excluded.offset_ms, seen_at = excluded.seen_at`,
        [iss, offsetMs, clock.now()],
      );
    },
  };
}
