import type { Tone } from '../components/tone.tsx';
import { texts } from '../texts.ts';

/** What is known of a site over all packages. */
export type SiteCount = {
  readonly name: string;
  readonly isHeard: boolean;
  readonly heardAt: string | null;
  readonly held: number;
  readonly of: number;
};

/** The answer to "is every site right?". */
export type Health = {
  readonly tone: Tone;
  readonly text: string;
  /** When a site was heard of last, where that is what is wrong. */
  readonly since: string | null;
  readonly hint: string;
  readonly to: '/packages' | '/network' | '/activity';
};

/**
 * Answers it from what is known. A conflict comes first, because only a person can end it; then what is behind; then who is silent: that
 * one catches up by itself.
 * @param sites This server first, as coverage lists them
 */
export function healthOf(sites: readonly SiteCount[], conflicts: number): Health {
  const base = { since: null, hint: '' };
  if (conflicts > 0) return { ...base, tone: 'red', text: texts.health.conflicts(conflicts), to: '/activity' };
  const behind = sites.filter(({ isHeard, held, of }) => isHeard && held < of).sort((one, other) => lack(other) - lack(one));
  const [worst] = behind;
  if (worst !== undefined) {
    const text = behind.length === 1 ? texts.health.behind(worst.name, lack(worst)) : texts.health.behindMore(behind.length);
    return { ...base, tone: 'amber', text, to: '/network' };
  }
  const silent = sites.filter(({ isHeard }) => !isHeard);
  const [one] = silent;
  if (one !== undefined) {
    if (silent.length > 1) return { ...base, tone: 'amber', text: texts.health.silentMore(silent.length), to: '/network' };
    return {
      tone: 'amber',
      text: texts.health.silent(one.name),
      since: one.heardAt,
      hint: texts.health.silentHint,
      to: '/network',
    };
  }
  const text = sites.length <= 1 ? texts.health.alone : texts.health.all(sites.length);
  return { ...base, tone: 'green', text, to: sites.length <= 1 ? '/network' : '/packages' };
}

const lack = ({ held, of }: SiteCount) => of - held;
