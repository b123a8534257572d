import type { Shape } from '../../api/client.ts';

/** How the servers are shown; it is what the address of the page says. */
export type NetworkSearch = { readonly view?: 'picture' };

/** Reads the address: what it does not know it leaves out. */
export const networkSearch = (search: Readonly<Record<string, unknown>>): NetworkSearch =>
  search['view'] === 'picture' ? { view: 'picture' } : {};

type Stage = Shape<'Peer'>['stage'];
const stages: readonly Stage[] = ['Dev', 'Test', 'Prod'];

/** What coverage shows: one stage or all, and two sites that are compared. */
export type CoverageSearch = { readonly stage?: Stage; readonly one?: string; readonly other?: string };

/** Reads the address: what it does not know it leaves out. */
export function coverageSearch(search: Readonly<Record<string, unknown>>): CoverageSearch {
  const stage = stages.find((known) => known === search['stage']);
  const [one, other] = [issOf(search['one']), issOf(search['other'])];
  return { ...(stage && { stage }), ...(one !== undefined && { one }), ...(other !== undefined && { other }) };
}

const issOf = (value: unknown) => (typeof value === 'string' && /^[0-9a-f]{32}$/.test(value) ? value : undefined);
