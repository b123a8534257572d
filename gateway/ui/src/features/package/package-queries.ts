import { queryOptions } from '@tanstack/react-query';
import { api } from '../../api/client.ts';

/** One package, by its number. */
export const packageQuery = (id: number) =>
  queryOptions({
    queryKey: ['packages', 'one', id],
    queryFn: ({ signal }) => api.get('/api/v1/packages/{id}', { params: { path: { id: String(id) } }, signal }),
  });

/** Which servers hold what it has in each stage. */
export const coverageQuery = (id: number) =>
  queryOptions({
    queryKey: ['coverage', 'package', id],
    queryFn: async ({ signal }) => (await api.get('/api/v1/packages/{id}/coverage', { params: { path: { id } }, signal })).items,
  });

/** What its stages have and had, the newest first. */
export const revisionsQuery = (id: number) =>
  queryOptions({
    queryKey: ['packages', 'revisions', id],
    queryFn: async ({ signal }) => (await api.get('/api/v1/packages/{id}/revisions', { params: { path: { id } }, signal })).items,
  });

/** What happened to it, the newest first. */
export const historyQuery = (id: number) =>
  queryOptions({
    queryKey: ['packages', 'history', id],
    queryFn: async ({ signal }) => (await api.get('/api/v1/packages/{id}/history', { params: { path: { id } }, signal })).items,
  });
