import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import { api } from '../../api/client.ts';
import { type AuditSearch, auditQueryOf } from './admin-search.ts';

/** What the machine of this server has and uses. */
export const systemQuery = queryOptions({
  queryKey: ['system'],
  queryFn: ({ signal }) => api.get('/api/v1/system', { signal }),
  refetchInterval: 10_000,
});

/** How it fared over some hours: it is measured once a minute. */
export const systemHistoryQuery = (hours: number) =>
  queryOptions({
    queryKey: ['system', 'history', hours],
    queryFn: ({ signal }) => api.get('/api/v1/system/history', { params: { query: { hours } }, signal }),
    refetchInterval: 60_000,
    placeholderData: keepPreviousData,
  });

/** What lies in the trash, by package, a page at a time. */
export const trashQuery = infiniteQueryOptions({
  queryKey: ['packages', 'trash'],
  queryFn: ({ pageParam, signal }) => {
    const query = { limit: 100, ...(pageParam !== '' && { after: pageParam }) };
    return api.get('/api/v1/trash', { params: { query }, signal });
  },
  initialPageParam: '',
  getNextPageParam: ({ next }) => next ?? undefined,
});

/** What lies in the trash, as much as one answer tells: of the first 1,000 packages. */
export const trashAtOnceQuery = queryOptions({
  queryKey: ['packages', 'trash', 'at once'],
  queryFn: ({ signal }) => api.get('/api/v1/trash', { params: { query: { limit: 1_000 } }, signal }),
});

/** Who did what, from where, the newest first. */
export const auditQuery = (search: AuditSearch) =>
  infiniteQueryOptions({
    queryKey: ['activity', 'audit', search],
    queryFn: ({ pageParam, signal }) => {
      const query = { ...auditQueryOf(search), limit: 60, ...(pageParam !== '' && { after: pageParam }) };
      return api.get('/api/v1/audit', { params: { query }, signal });
    },
    initialPageParam: '',
    getNextPageParam: ({ next }) => next ?? undefined,
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

/** The read models of all services. The stream tells nothing of them, and a rebuild is to be seen coming to its end. */
export const projectionsQuery = queryOptions({
  queryKey: ['projections'],
  queryFn: async ({ signal }) => (await api.get('/api/v1/projections', { signal })).items,
  refetchInterval: 5_000,
});
