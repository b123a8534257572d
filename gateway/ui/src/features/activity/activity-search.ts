/** Headings of what happened. */
export const activityKinds = ['packages', 'uploads', 'transfers', 'servers', 'access', 'settings'] as const;

/** What the list of activity shows; it is what the address of the page says. */
export type ActivitySearch = {
  readonly kind?: (typeof activityKinds)[number] | undefined;
};

/** Reads the address: what it does not know it leaves out. */
export function activitySearch(search: Readonly<Record<string, unknown>>): ActivitySearch {
  const kind = activityKinds.find((one) => one === search['kind']);
  return kind === undefined ? {} : { kind };
}
