/** Headings of what happened. */
export const activityKinds = ['packages', 'uploads', 'transfers', 'servers', 'access', 'settings'] as const;

/** What the list of activity shows; it is what the address of the page says. */
export type ActivitySearch = {
  readonly kind?: (typeof activityKinds)[number] | undefined;
  /** Id or file name. */
  readonly package?: string | undefined;
  /** ISS ID. */
  readonly server?: string | undefined;
  /** As `account:admin`. */
  readonly actor?: string | undefined;
};

/** Reads the address. What is unknown is said to be unset: the router would let through what is left out. */
export function activitySearch(search: Readonly<Record<string, unknown>>): ActivitySearch {
  const server = textIn(search['server']);
  return {
    kind: activityKinds.find((one) => one === search['kind']),
    package: textIn(search['package']),
    server: server !== undefined && /^[0-9a-f]{32}$/.test(server) ? server : undefined,
    actor: textIn(search['actor']),
  };
}

/** The same as the API takes it: a name without a kind is an account's. */
export function activityQueryOf({ kind, package: reference, server, actor }: ActivitySearch) {
  return {
    ...(kind && { kind }),
    ...(reference && { package: reference }),
    ...(server && { server }),
    ...(actor && { actor: actorOf(actor) }),
  };
}

/** `eva` → `account:eva`; what has a kind stays. */
export const actorOf = (text: string) => (text.includes(':') || text === 'machine' ? text : `account:${text}`);

/** An address may hold numbers: `package=7`. */
export function textIn(value: unknown): string | undefined {
  const text = typeof value === 'number' ? String(value) : value;
  return typeof text === 'string' && text.trim() !== '' ? text.trim().slice(0, 200) : undefined;
}
