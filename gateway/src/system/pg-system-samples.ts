import { execute, type Queryable, queryRows } from '@odst/postgres';
import { minuteOf, type SystemSample, type SystemSamples, samplesKeptMs } from './system-samples.ts';

/** A row: what was measured is one JSON, which nothing is asked of. */
type Row = { readonly at: Date; readonly source: string; readonly measured: Omit<SystemSample, 'at' | 'source'> };

/** Keeps samples in the gateway's schema, the same for all gateways of a server. */
export function createSystemSamples(pool: Queryable): SystemSamples {
  return {
    async add({ at, source, ...measured }) {
      const text = 'INSERT INTO system_samples (at, source, measured) VALUES ($1, $2, $3) ON CONFLICT (at) DO NOTHING';
      const added = await execute(pool, text, [minuteOf(at), source, JSON.stringify(measured)]);
      if (added === 0) return;
      await execute(pool, 'DELETE FROM system_samples WHERE at < $1', [new Date(at.getTime() - samplesKeptMs)]);
    },
    async list(since) {
      const text = 'SELECT at, source, measured FROM system_samples WHERE at >= $1 ORDER BY at';
      return (await queryRows<Row>(pool, text, [since])).map(({ measured, ...place }) => ({
        ...measured,
        ...place,
        // JSON leaves out what is not told.
        networkReceivedBytes: measured.networkReceivedBytes,
        networkSentBytes: measured.networkSentBytes,
      }));
    },
  };
}
