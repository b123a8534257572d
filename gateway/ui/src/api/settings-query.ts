import { queryOptions } from '@tanstack/react-query';
import { api } from './client.ts';

/** This server's settings. */
export const settingsQuery = queryOptions({
  queryKey: ['settings'],
  queryFn: ({ signal }) => api.get('/api/v1/settings', { signal }),
});
