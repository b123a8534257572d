import type { Shape } from '../../api/client.ts';

/** How the servers are shown; it is what the address of the page says. */
export type NetworkSearch = { readonly view?: 'picture' | undefined };

/** Reads the address. What is unknown is said to be unset: the router would let through what is left out. */
export const networkSearch = (search: Readonly<Record<string, unknown>>): NetworkSearch => ({
  view: search['view'] === 'picture' ? 'picture' : undefined,
});

type Stage = Shape<'Peer'>['stage'];
const stages: readonly Stage[] = ['Dev', 'Test', 'Prod'];

/** What coverage shows: one stage or all, and two sites that are compared. */
export type CoverageSearch = {
  readonly stage?: Stage | undefined;
  readonly one?: string | undefined;
  readonly other?: string | undefined;
};

/** Reads the address of coverage in the same way. */
export function coverageSearch(search: Readonly<Record<string, unknown>>): CoverageSearch {
  const stage = stages.find((known) => known === search['stage']);
  return { stage, one: issOf(search['one']), other: issOf(search['other']) };
}

const issOf = (value: unknown) => (typeof value === 'string' && /^[0-9a-f]{32}$/.test(value) ? value : undefined);
