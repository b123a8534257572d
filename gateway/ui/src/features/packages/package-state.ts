import type { Shape } from '../../api/client.ts';
import { type Tone, transferTones } from '../../components/tone.tsx';
import { texts } from '../../texts.ts';
import type { PackageAct, Stage } from './package-acts.ts';

/** How what is not here comes, as far as that was told. */
export type Coming = Pick<Shape<'Transfer'>, 'sha256' | 'state' | 'reason'>;

/** What is told first of a package of which several contents are to come. */
const told = ['running', 'retrying', 'paused', 'waiting'] as const;

/** The transfer that is told of a package; undefined where none is known. @param comings Of any packages */
export function comingOf<One extends Coming>(
  { heads }: Pick<Shape<'Package'>, 'heads'>,
  comings: readonly One[],
): One | undefined {
  const contents = new Set(Object.values(heads).map((head) => head?.sha256));
  const own = comings.filter(({ sha256 }) => contents.has(sha256));
  return own.toSorted((one, other) => told.indexOf(one.state) - told.indexOf(other.state))[0];
}

/** Of each content what was told of it last, in several answers. @param answers At some moment each */
export function toldLast<One extends Coming>(
  answers: readonly { readonly at: number; readonly comings: readonly One[] }[],
): readonly One[] {
  const oldestFirst = answers.toSorted((one, other) => one.at - other.at);
  return [...new Map(oldestFirst.flatMap(({ comings }) => comings.map((one) => [one.sha256, one]))).values()];
}

/** How a package is on this server: only its own verified bytes are green, and only what comes now is on its way. */
export function hereOf(
  { status, serves, heads }: Pick<Shape<'Package'>, 'status' | 'serves' | 'heads'>,
  coming?: Coming,
): { readonly tone: Tone; readonly text: string } {
  if (Object.values(heads).some((head) => head?.conflict === true)) return { tone: 'red', text: 'Decide' };
  if (status === 'Public') return { tone: 'green', text: serves ?? 'Public' };
  if (status === 'Downloading') {
    const words = texts.packages;
    return coming === undefined
      ? { tone: 'grey', text: words.notHere }
      : { tone: transferTones[coming.state], text: words.coming[coming.state] };
  }
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
