import { queryOptions } from '@tanstack/react-query';
import { api, type Shape } from './client.ts';

/** How much a server holds of all that it should. */
export type SiteCount = Shape<'SiteCount'>;

/** Sites over all packages, this server first. */
export const sitesQuery = queryOptions({
  queryKey: ['coverage', 'sites'],
  queryFn: async ({ signal }) => {
    const { sites } = await api.get('/api/v1/coverage', { params: { query: { sort: 'worst', limit: 1 } }, signal });
    return sites;
  },
});
