import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { api } from '../../api/client.ts';
import { type ActivitySearch, activityQueryOf } from './activity-search.ts';

/** Stages for which servers decided differently: somebody is to choose. */
export const conflictsQuery = queryOptions({
  queryKey: ['conflicts'],
  queryFn: ({ signal }) => api.get('/api/v1/conflicts', { signal }),
});

/** The stream tells nothing of messages that are set aside: that there is none is this old at most. */
const lettersMs = 15_000;

/** Messages that a service could not handle and set aside; only admins see them. */
export const deadLettersQuery = queryOptions({
  queryKey: ['dead-letters'],
  queryFn: ({ signal }) => api.get('/api/v1/dead-letters', { signal }),
  refetchInterval: lettersMs,
});

/** What happened, the newest first, a page at a time. */
export const activityQuery = (search: ActivitySearch) =>
  infiniteQueryOptions({
    queryKey: ['activity', search],
    queryFn: ({ pageParam, signal }) => {
      const query = { ...activityQueryOf(search), limit: 60, ...(pageParam !== '' && { after: pageParam }) };
      return api.get('/api/v1/activity', { params: { query }, signal });
    },
    initialPageParam: '',
    getNextPageParam: ({ next }) => next ?? undefined,
  });
