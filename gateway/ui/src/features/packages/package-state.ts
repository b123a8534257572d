import type { Shape } from '../../api/client.ts';
import type { Tone } from '../../components/tone.tsx';
import type { PackageAct, Stage } from './package-acts.ts';

/** How a package is on this server: only its own verified bytes are green. */
export function hereOf({ status, serves, heads }: Shape<'Package'>): { readonly tone: Tone; readonly text: string } {
  if (Object.values(heads).some((head) => head?.conflict === true)) return { tone: 'red', text: 'Decide' };
  if (status === 'Public') return { tone: 'green', text: serves ?? 'Public' };
  if (status === 'Downloading') return { tone: 'blue', text: 'Downloading' };
  return status === 'Deleted' ? { tone: 'grey', text: 'Deleted' } : { tone: 'grey', text: 'Withheld' };
}

/** The head that was changed last. */
export function latestOf({ heads }: Shape<'Package'>): Shape<'Head'> | undefined {
  const all = Object.values(heads).filter((head) => head !== null);
  return all.sort((one, other) => other.changedAt.localeCompare(one.changedAt))[0];
}

/** The lowest promotion that is possible: what the key `p` stands for. @param allowed Stages that may be changed */
export function nextPromotion({ heads }: Shape<'Package'>, allowed: readonly Stage[]): PackageAct | undefined {
  for (const [from, to] of [
    ['Dev', 'Test'],
    ['Test', 'Prod'],
  ] as const) {
    const sha256 = heads[from]?.sha256;
    if (sha256 != null && allowed.includes(to)) return { kind: 'promote', from, to, sha256 };
  }
  return undefined;
}
