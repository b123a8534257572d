import { type QueryClient, queryOptions, useQueries, useQueryClient } from '@tanstack/react-query';
import { api, type Shape } from '../../api/client.ts';
import { toldLast } from './package-state.ts';
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

const isToCome = ({ status }: Pick<Shape<'Package'>, 'status'>) => status === 'Downloading';

const comingKey = ['transfers', 'of packages'] as const;

/** How those of some packages come that are not here: at most as many as a part has rows. Nothing is asked where all are here. */
export const comingQuery = (packages: readonly Pick<Shape<'Package'>, 'id' | 'status'>[]) => {
  const ids = packages
    .filter(isToCome)
    .map(({ id }) => id)
    .join(',');
  return queryOptions({
    queryKey: [...comingKey, ids],
    queryFn: async ({ signal }) => {
      const query = { packages: ids, limit: 1_000 };
      return (await api.get('/api/v1/transfers', { params: { query }, signal })).items;
    },
    enabled: ids !== '',
    // While thousands come, those that are left are others each second.
    gcTime: 10_000,
  });
};

/**
 * The rows of a view at some places, such as those in sight.
 * @returns a row by its place, undefined while it is on its way; how what is not here comes; and why a row does not come. Of the first
 *   part its page tells that
 */
export function usePackageRows(
  search: PackagesSearch,
  places: readonly number[],
): { readonly rowAt: RowAt; readonly comings: readonly Shape<'Transfer'>[]; readonly error: unknown } {
  const parts = [...new Set(places.map(partOf))];
  const found = useQueries({ queries: parts.map((part) => packagesQuery(search, part)) });
  const coming = found.flatMap(({ data }) => (data?.items.some(isToCome) === true ? [data.items] : []));
  const comings = useQueries({ queries: coming.map(comingQuery) });
  const queries = useQueryClient();
  return {
    // Asked for those that are left each time that one has come: what was told last stands until that is answered.
    comings: comings.some(({ isPending }) => isPending) ? lastComings(queries) : comings.flatMap(({ data }) => data ?? []),
    rowAt: (place) => found[parts.indexOf(partOf(place))]?.data?.items[place % partRows],
    error: found.find(({ isError }, index) => isError && parts[index] !== 0)?.error,
  };
}

function lastComings(queries: QueryClient): readonly Shape<'Transfer'>[] {
  const answers = queries.getQueryCache().findAll({ queryKey: comingKey });
  return toldLast(
    answers.map(({ queryKey, state }) => ({
      at: state.dataUpdatedAt,
      comings: queries.getQueryData<readonly Shape<'Transfer'>[]>(queryKey) ?? [],
    })),
  );
}

/** Asks for the first rows of a view. */
export async function firstPackages(queries: QueryClient, search: PackagesSearch, count: number): Promise<Shape<'Package'>[]> {
  const parts = Array.from({ length: Math.ceil(count / partRows) }, (_, part) => queries.fetchQuery(packagesQuery(search, part)));
  return (await Promise.all(parts)).flatMap(({ items }) => items).slice(0, count);
}

/** A row by its place in the list, from 0. */
export type RowAt = (place: number) => Shape<'Package'> | undefined;

const partOf = (place: number) => Math.floor(place / partRows);
