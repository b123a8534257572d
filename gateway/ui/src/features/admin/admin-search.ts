import { actorOf, textIn } from '../activity/activity-search.ts';

/** Spans that the resources can be shown over, in hours. */
export const spans = [1, 6, 24, 48] as const;

/** What the addresses of the resources and of the audit say. */
export type ResourcesSearch = { readonly hours?: (typeof spans)[number] | undefined };

/** Reads the address of the resources. What is unknown is said to be unset: the router would let through what is left out. */
export function resourcesSearch(search: Readonly<Record<string, unknown>>): ResourcesSearch {
  return { hours: spans.find((one) => one === Number(search['hours'])) };
}

/** What was done, and what was not let through. */
export const outcomes = ['done', 'refused'] as const;

/** What the audit shows. */
export type AuditSearch = {
  readonly outcome?: (typeof outcomes)[number] | undefined;
  readonly actor?: string | undefined;
  readonly q?: string | undefined;
  /** Days, as `2026-11-29`. */
  readonly from?: string | undefined;
  readonly until?: string | undefined;
};

const dayIn = (value: unknown) => (typeof value === 'string' && !Number.isNaN(startOf(value)) ? value : undefined);

/** Midnight of a day here, in milliseconds; NaN for what is none. */
const startOf = (day: string) => (/^2\d{3}-\d\d-\d\d$/.test(day) ? new Date(`${day}T00:00:00`).getTime() : Number.NaN);

/** Reads the address of the audit. */
export function auditSearch(search: Readonly<Record<string, unknown>>): AuditSearch {
  return {
    outcome: outcomes.find((one) => one === search['outcome']),
    actor: textIn(search['actor']),
    q: textIn(search['q']),
    from: dayIn(search['from']),
    until: dayIn(search['until']),
  };
}

/** The same as the API takes it: a name without a kind is an account's, and the last day is in it as a whole. */
export function auditQueryOf({ outcome, actor, q, from, until }: AuditSearch) {
  return {
    ...(outcome && { outcome }),
    ...(actor && { actor: actorOf(actor) }),
    ...(q && { q }),
    ...(from && { since: new Date(startOf(from)).toISOString() }),
    ...(until && { until: dayAfter(until).toISOString() }),
  };
}

function dayAfter(day: string): Date {
  const date = new Date(startOf(day));
  date.setDate(date.getDate() + 1);
  return date;
}
