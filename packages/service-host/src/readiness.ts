/** What readiness depends on: name → fine or not, and why. */
export type ReadinessSnapshot = Readonly<Record<string, { readonly ok: boolean; readonly detail: string }>>;

/** Register of what a server needs for serving; `/readyz` shows it. */
export interface Readiness {
  /** Tells how a part is. @param detail why, in a few words; default none */
  set(name: string, ok: boolean, detail?: string): void;
  /** All parts in the order in which they were first told. */
  snapshot(): ReadinessSnapshot;
}

/** Makes a register without parts. */
export function createReadiness(): Readiness {
  const parts = new Map<string, { readonly ok: boolean; readonly detail: string }>();
  return {
    set: (name, ok, detail = '') => void parts.set(name, { ok, detail }),
    snapshot: () => Object.fromEntries(parts),
  };
}

/** Whether every part is fine. A snapshot without parts is not ready. */
export function isReady(snapshot: ReadinessSnapshot): boolean {
  const parts = Object.values(snapshot);
  return parts.length > 0 && parts.every(({ ok }) => ok);
}

/** The body of `/readyz`: a line per part. */
export function readinessLines(snapshot: ReadinessSnapshot): string {
  return Object.entries(snapshot)
    .map(([name, { ok, detail }]) => `${ok ? 'ok' : 'failed'} ${name}${detail === '' ? '' : `: ${detail}`}\n`)
    .join('');
}
