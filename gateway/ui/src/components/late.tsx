import { Button } from '@mantine/core';
import { type ComponentType, lazy, Suspense } from 'react';
import { texts } from '../texts.ts';
import styles from './late.module.css';

/**
 * A component that is loaded when it is shown first, as dialogs are: what is seldom used would hold up the first page. Nothing is in its
 * place until it is there.
 */
export function late<Props extends object>(load: () => Promise<ComponentType<Props>>): ComponentType<Props> {
  const Loaded = orNote(load);
  return (props) => (
    <Suspense>
      <Loaded {...props} />
    </Suspense>
  );
}

/** As {@link late}, for a place that shows something else while it is loaded. */
export const orNote = <Props extends object>(load: () => Promise<ComponentType<Props>>): ComponentType<Props> =>
  lazy(async () => ({ default: await load().catch(() => NotLoaded) })) as unknown as ComponentType<Props>;

/** As after an update of the server, which has other files now: the page goes on, but for this part of it. */
export function NotLoaded() {
  return (
    <div className={styles['note']} role="alert">
      <span>{texts.notLoaded}</span>
      <Button size="compact-sm" variant="default" onClick={() => location.reload()}>
        {texts.reload}
      </Button>
    </div>
  );
}
