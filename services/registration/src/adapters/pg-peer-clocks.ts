import type { Clock } from '@odst/kernel';
import type { PeerClocks } from '../app/ports.ts';
import type { Database } from './database.ts';

/** Rows of `peer_clocks`, all of them in memory. */
export async function loadPeerClocks(database: Database, clock: Clock): Promise<PeerClocks> {
  const table = database.table('peer_clocks');
  const rows = await database.query<{ iss: string; offset_ms: string }>(`SELECT iss, offset_ms FROM ${table}`, []);
  const offsets = new Map(rows.map((row) => [row.iss, Number(row.offset_ms)]));
  return {
    offsetMs: (iss) => offsets.get(iss) ?? 0,
    async record(iss, offsetMs) {
      offsets.set(iss, offsetMs);
      await database.query(
        `INSERT INTO ${table} (iss, offset_ms, seen_at) VALUES ($1, $2, $3)
         ON CONFLICT (iss) DO UPDATE SET offset_ms = excluded.offset_ms, seen_at = excluded.seen_at`,
        [iss, offsetMs, clock.now()],
      );
    },
  };
}
