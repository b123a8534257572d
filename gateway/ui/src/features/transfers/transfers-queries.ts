import { infiniteQueryOptions, queryOptions, skipToken } from '@tanstack/react-query';
import { api } from '../../api/client.ts';
import type { RunningTransfers } from '../../live/stream.ts';
import type { TransfersSearch } from './transfers-search.ts';

/** What this server fetches: what runs first, then in the order in which it begins. */
export const transfersQuery = ({ state, peer }: TransfersSearch) =>
  infiniteQueryOptions({
    queryKey: ['transfers', 'list', { state, peer }],
    queryFn: ({ signal, pageParam }) => {
      const query = {
        limit: 100,
        ...(state && { state }),
        ...(peer !== undefined && { peer }),
        ...(pageParam !== '' && { after: pageParam }),
      };
      return api.get('/api/v1/transfers', { params: { query }, signal });
    },
    initialPageParam: '',
    getNextPageParam: ({ next }) => next ?? undefined,
  });

/** The progress of those that run, which the stream tells by itself. */
export const runningQuery = queryOptions<RunningTransfers>({ queryKey: ['transfers', 'running'], queryFn: skipToken });
