const filters = ['Dev', 'Test', 'Prod', 'behind', 'downloading', 'conflict', 'trash', 'deleted'] as const;
const sorts = ['changed', '-changed', 'name', '-name', 'id', '-id'] as const;

/** What a list of packages shows, and in which order; it is what the address of the page says. */
export type PackagesSearch = {
  readonly show?: (typeof filters)[number] | undefined;
  readonly q?: string | undefined;
  readonly sort?: (typeof sorts)[number] | undefined;
};

/** The filters that there are, in the order in which they are shown. */
export const packagesFilters = filters;
/** The orders that there are. */
export const packagesSorts = sorts;

/** Reads the address. What is unknown is said to be unset: the router would let through what is left out. */
export function packagesSearch(search: Readonly<Record<string, unknown>>): PackagesSearch {
  return {
    show: filters.find((one) => one === search['show']),
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
  const isStage = show === 'Dev' || show === 'Test' || show === 'Prod';
  return {
    sort: sort ?? 'changed',
    ...(q !== undefined && { q }),
    ...(isStage && { stage: show }),
    ...(show === 'downloading' && { status: 'Downloading' as const }),
    ...(show === 'behind' && { behind: 'true' as const }),
    ...(show === 'conflict' && { conflict: 'true' as const }),
    ...(show === 'trash' && { trash: 'true' as const }),
    ...(show === 'deleted' && { deleted: 'true' as const }),
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
