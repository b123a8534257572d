import { queryOptions } from '@tanstack/react-query';
import { api } from '../../api/client.ts';

/** Every server that is known here, this one first. */
export const serversQuery = queryOptions({
  queryKey: ['servers'],
  queryFn: async ({ signal }) => (await api.get('/api/v1/servers', { signal })).items,
});

/** What another server needs to register here. A secret is in it, so it is asked for only when somebody wants to see it. */
export const identityQuery = queryOptions({
  queryKey: ['identity'],
  queryFn: ({ signal }) => api.get('/api/v1/identity', { signal }),
  gcTime: 0,
});

/** Sites over all packages, and the packages that most of them lack. */
export const worstQuery = queryOptions({
  queryKey: ['coverage', 'worst'],
  queryFn: ({ signal }) => api.get('/api/v1/coverage', { params: { query: { sort: 'worst', limit: 200 } }, signal }),
});
