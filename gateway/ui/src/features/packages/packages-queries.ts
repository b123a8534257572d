import { queryOptions, useQueries } from '@tanstack/react-query';
import { api, type Shape } from '../../api/client.ts';
import { type PackagesSearch, packagesQueryOf } from './packages-search.ts';

/** Rows that are asked for at a time. */
const partRows = 100;

/**
 * A part of the list of a view, anywhere in it: only parts that are in sight are asked for, and asked for again when something changes.
 * @param part From 0; 100 rows each
 */
export const packagesQuery = (search: PackagesSearch, part: number) =>
  queryOptions({
    queryKey: ['packages', 'list', search, part],
    queryFn: async ({ signal }) => {
      const counts = { coverage: 'true', total: 'true' } as const;
      const query = { ...packagesQueryOf(search), ...counts, limit: partRows, offset: part * partRows };
      const { items, total } = await api.get('/api/v1/packages', { params: { query }, signal });
      return { search, items, total: total ?? 0 };
    },
  });

/** Which rows of a view are in sight. @returns a row by its place; undefined while it is on its way */
export function usePackageRows(
  search: PackagesSearch,
  { first, last }: { readonly first: number; readonly last: number },
): (index: number) => Shape<'Package'> | undefined {
  const from = Math.floor(first / partRows);
  const parts = Math.floor(last / partRows) - from + 1;
  const found = useQueries({ queries: Array.from({ length: parts }, (_, index) => packagesQuery(search, from + index)) });
  return (index) => found[Math.floor(index / partRows) - from]?.data?.items[index % partRows];
}
