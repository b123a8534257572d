import { queryOptions, skipToken } from '@tanstack/react-query';
import { api } from '../../api/client.ts';
import type { RunningTransfers } from '../../live/stream.ts';

/** What this server fetches: what runs first, then in the order in which it begins. */
export const transfersQuery = queryOptions({
  queryKey: ['transfers', 'list'],
  queryFn: async ({ signal }) => (await api.get('/api/v1/transfers', { params: { query: { limit: 500 } }, signal })).items,
});

/** The progress of those that run, which the stream tells by itself. */
export const runningQuery = queryOptions<RunningTransfers>({ queryKey: ['transfers', 'running'], queryFn: skipToken });
