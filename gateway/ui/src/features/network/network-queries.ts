import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { api, type Shape } from '../../api/client.ts';

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

/** Which packages are asked for: of one stage, held by a server, lacked by one. */
export type CoverageFilter = {
  readonly stage?: Shape<'Peer'>['stage'] | undefined;
  readonly heldBy?: string;
  readonly lackedBy?: string;
};

/** Packages by how many sites lack them, the worst first, with the sites over all packages. */
export const coverageQuery = (filter: CoverageFilter = {}) =>
  infiniteQueryOptions({
    queryKey: ['coverage', 'list', filter],
    queryFn: ({ signal, pageParam }) => {
      const { stage, heldBy, lackedBy } = filter;
      const query = {
        ...{ sort: 'worst' as const, limit: 100 },
        ...(stage && { stage }),
        ...(heldBy !== undefined && { heldBy }),
        ...(lackedBy !== undefined && { lackedBy }),
        ...(pageParam !== '' && { after: pageParam }),
      };
      return api.get('/api/v1/coverage', { params: { query }, signal });
    },
    initialPageParam: '',
    getNextPageParam: ({ next }) => next ?? undefined,
  });

/** Changes of a peer that are held back, and why. */
export const heldChangesQuery = (id: number) =>
  queryOptions({
    queryKey: ['peers', 'held', id],
    queryFn: ({ signal }) => api.get('/api/v1/peers/{id}/held', { params: { path: { id }, query: { limit: 200 } }, signal }),
  });

/** What blocking a server would do. */
export const blockingQuery = (iss: string) =>
  queryOptions({
    queryKey: ['servers', 'blocking', iss],
    queryFn: () => api.post('/api/v1/servers/{iss}/block', { params: { path: { iss }, query: { dryRun: 'true' } } }),
    staleTime: 0,
    gcTime: 0,
  });
