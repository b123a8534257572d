import { queryOptions } from '@tanstack/react-query';
import { api } from '../../api/client.ts';

/** One package, by its number, or by its name. */
export const packageQuery = (id: string) =>
  queryOptions({
    queryKey: ['packages', 'one', id],
    queryFn: ({ signal }) => api.get('/api/v1/packages/{id}', { params: { path: { id } }, signal }),
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

/** How a content comes to this server; null for one that is not to come. */
export const transferQuery = (sha256: string) =>
  queryOptions({
    queryKey: ['transfers', 'of', sha256],
    queryFn: async ({ signal }) => {
      const { items } = await api.get('/api/v1/transfers', { params: { query: { q: sha256 } }, signal });
      return items.find(({ id }) => id === sha256) ?? null;
    },
  });

/** What two contents that it has or had share: that never changes, but for one that comes or goes. */
export const comparisonQuery = (id: number, from: string, to: string) =>
  queryOptions({
    queryKey: ['packages', 'compared', id, from, to],
    queryFn: ({ signal }) => api.get('/api/v1/packages/{id}/compare', { params: { path: { id }, query: { from, to } }, signal }),
  });

/** What happened to it, the newest first. */
export const historyQuery = (id: number) =>
  queryOptions({
    queryKey: ['packages', 'history', id],
    queryFn: async ({ signal }) => (await api.get('/api/v1/packages/{id}/history', { params: { path: { id } }, signal })).items,
  });
