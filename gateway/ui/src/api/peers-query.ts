import { queryOptions } from '@tanstack/react-query';
import { api } from './client.ts';

/** The servers that are registered here. */
export const peersQuery = queryOptions({
  queryKey: ['peers'],
  queryFn: async ({ signal }) => (await api.get('/api/v1/peers', { signal })).items,
});
