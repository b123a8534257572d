import { infiniteQueryOptions } from '@tanstack/react-query';
import { api } from '../../api/client.ts';
import { type PackagesSearch, packagesQueryOf } from './packages-search.ts';

/** Rows that are asked for at a time. */
const pageRows = 100;

/** The packages of a view, a page at a time. */
export const packagesQuery = (search: PackagesSearch) =>
  infiniteQueryOptions({
    queryKey: ['packages', search],
    queryFn: ({ pageParam, signal }) => {
      const query = {
        ...packagesQueryOf(search),
        limit: pageRows,
        coverage: 'true' as const,
        total: 'true' as const,
        ...(pageParam !== '' && { after: pageParam }),
      };
      return api.get('/api/v1/packages', { params: { query }, signal });
    },
    initialPageParam: '',
    getNextPageParam: ({ next }) => next ?? undefined,
  });
