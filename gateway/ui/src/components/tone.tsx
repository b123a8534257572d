import {
  IconAlertTriangleFilled,
  IconCircleCheckFilled,
  IconClockHour4,
  IconLoader2,
  IconQuestionMark,
} from '@tabler/icons-react';
import type { ReactNode } from 'react';
import type { Shape } from '../api/client.ts';
import styles from './tone.module.css';

/** What a colour means: verified, in progress, waiting or retrying, needs somebody, unknown or withheld. */
export type Tone = 'green' | 'blue' | 'amber' | 'red' | 'grey';

/** Colours of the states in which a transfer can be. */
export const transferTones: Readonly<Record<Shape<'Transfer'>['state'], Tone>> = {
  running: 'blue',
  waiting: 'amber',
  retrying: 'amber',
  paused: 'amber',
};

const icons = {
  green: IconCircleCheckFilled,
  blue: IconLoader2,
  amber: IconClockHour4,
  red: IconAlertTriangleFilled,
  grey: IconQuestionMark,
} as const;

/** A state, by colour, icon and word. */
export function StatePill({ tone, title, children }: { tone: Tone; title?: string; children: ReactNode }) {
  const Icon = icons[tone];
  return (
    <span className={`${styles['pill']} ${styles[tone]}`} title={title}>
      <Icon size={13} stroke={2.2} aria-hidden="true" />
      {children}
    </span>
  );
}

/** A share of a whole as a small bar; the words beside it say the same. @param share 0 to 1 */
export function ShareBar({ share, tone, width = 56 }: { share: number; tone: Tone; width?: number | string }) {
  return (
    <span className={styles['bar']} style={{ width }} aria-hidden="true">
      <span className={`${styles['fill']} ${styles[tone]}`} style={{ width: `${Math.min(Math.max(share, 0), 1) * 100}%` }} />
    </span>
  );
}
