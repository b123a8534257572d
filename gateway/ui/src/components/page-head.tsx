import { type ReactNode, useEffect } from 'react';
import { texts } from '../texts.ts';
import styles from './page-head.module.css';

/** The head of a page: its name, which is also the title of the window, and what can be done. */
export function PageHead({ title, count, children }: { title: string; count?: ReactNode; children?: ReactNode }) {
  useEffect(() => {
    document.title = `${title} · ${texts.product}`;
  }, [title]);
  return (
    <div className={styles['head']}>
      <h1 className={styles['title']}>{title}</h1>
      {count !== undefined && <span className={styles['count']}>{count}</span>}
      <div className={styles['acts']}>{children}</div>
    </div>
  );
}
