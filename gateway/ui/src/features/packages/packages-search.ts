const filters = ['Dev', 'Test', 'Prod', 'behind', 'downloading', 'conflict', 'trash', 'deleted'] as const;
const sorts = ['changed', '-changed', 'name', '-name', 'id', '-id'] as const;

/** What a list of packages shows, and in which order; it is what the address of the page says. */
export type PackagesSearch = {
  /** Filters with commas between, in the order of {@link packagesFilters}: all of them are in force. */
  readonly show?: string | undefined;
  readonly q?: string | undefined;
  readonly sort?: (typeof sorts)[number] | undefined;
};

/** The filters that there are, in the order in which they are shown. */
export const packagesFilters = filters;

/** One of the filters. */
export type PackagesFilter = (typeof filters)[number];

/** Of each of these one is in force at most: a list is of one stage, and what is deleted does not come. */
const rivals: readonly (readonly PackagesFilter[])[] = [
  ['Dev', 'Test', 'Prod'],
  ['downloading', 'deleted'],
];

/** The filters that an address names; of those that exclude each other the first, and nothing that is none. */
export function filtersIn(show: unknown): readonly PackagesFilter[] {
  const named = typeof show === 'string' ? show.split(',') : [];
  const known = filters.filter((one) => named.includes(one));
  return known.filter((one) =>
    rivals.every((group) => !group.includes(one) || group.find((other) => known.includes(other)) === one),
  );
}

/** Puts a filter in force beside the others, instead of those that it excludes; or takes it back. @param filter undefined takes back all */
export function toggled(show: string | undefined, filter: PackagesFilter | undefined): string | undefined {
  if (filter === undefined) return undefined;
  const before = filtersIn(show);
  const excluded = rivals.find((group) => group.includes(filter)) ?? [filter];
  const others = before.filter((one) => !excluded.includes(one));
  return wordOf(before.includes(filter) ? others : [...others, filter]);
}

function wordOf(shown: readonly PackagesFilter[]): string | undefined {
  return shown.length === 0 ? undefined : filters.filter((one) => shown.includes(one)).join(',');
}

/** The orders that there are. */
export const packagesSorts = sorts;

/** Reads the address. What is unknown is said to be unset: the router would let through what is left out. */
export function packagesSearch(search: Readonly<Record<string, unknown>>): PackagesSearch {
  return {
    show: wordOf(filtersIn(search['show'])),
    q: wordIn(search['q']),
    sort: sorts.find((one) => one === search['sort']),
  };
}

/** An address may hold numbers: `q=120`. */
function wordIn(value: unknown): string | undefined {
  const word = typeof value === 'number' ? String(value) : value;
  return typeof word === 'string' && word !== '' ? word.slice(0, 255) : undefined;
}

/** The same as the API takes it. */
export function packagesQueryOf({ show, q, sort }: PackagesSearch) {
  const shown = filtersIn(show);
  const stage = shown.find((one) => one === 'Dev' || one === 'Test' || one === 'Prod');
  const has = (filter: PackagesFilter) => shown.includes(filter);
  return {
    sort: sort ?? 'changed',
    ...(q !== undefined && { q }),
    ...(stage && { stage }),
    ...(has('downloading') && { status: 'Downloading' as const }),
    ...(has('behind') && { behind: 'true' as const }),
    ...(has('conflict') && { conflict: 'true' as const }),
    ...(has('trash') && { trash: 'true' as const }),
    ...(has('deleted') && { deleted: 'true' as const }),
  };
}

/**
 * What a field told the address and that does not say yet, behind what it says now.
 * @returns undefined where it says what nobody told, as after Back
 */
export function unsaid(told: readonly string[], said: string): readonly string[] | undefined {
  const at = told.lastIndexOf(said);
  return at < 0 ? undefined : told.slice(at);
}
