import { queryOptions } from '@tanstack/react-query';
import { api } from '../../api/client.ts';

/** What the machine of this server has and uses. */
export const systemQuery = queryOptions({
  queryKey: ['system'],
  queryFn: ({ signal }) => api.get('/api/admin/system', { signal }),
  refetchInterval: 10_000,
});

/** All accounts. */
export const accountsQuery = queryOptions({
  queryKey: ['accounts'],
  queryFn: async ({ signal }) => (await api.get('/api/v1/accounts', { signal })).items,
});

/** API tokens: one's own, of everybody for an admin. */
export const tokensQuery = queryOptions({
  queryKey: ['tokens'],
  queryFn: async ({ signal }) => (await api.get('/api/v1/tokens', { signal })).items,
});

/** Who is signed in: oneself, everybody for an admin. */
export const sessionsQuery = queryOptions({
  queryKey: ['sessions'],
  queryFn: async ({ signal }) => (await api.get('/api/v1/sessions', { signal })).items,
});

/** The read models of all services. */
export const projectionsQuery = queryOptions({
  queryKey: ['projections'],
  queryFn: async ({ signal }) => (await api.get('/api/v1/projections', { signal })).items,
});
