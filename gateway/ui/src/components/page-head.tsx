import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useEffect } from 'react';
import { settingsQuery } from '../api/settings-query.ts';
import { texts } from '../texts.ts';
import styles from './page-head.module.css';

/** The head of a page: its name, which is also in the title of the window, and what can be done. */
export function PageHead({ title, count, children }: { title: string; count?: ReactNode; children?: ReactNode }) {
  useTitle(title);
  return (
    <div className={styles['head']}>
      <h1 className={styles['title']}>{title}</h1>
      {count !== undefined && <span className={styles['count']}>{count}</span>}
      <div className={styles['acts']}>{children}</div>
    </div>
  );
}

/** What is shown now, by how deep it lies: a package beside its list lies deeper than that. */
const shown = new Map<number, string>();

/**
 * Tells in the title of the window what is shown, and where: "CompanyFonts.pkg · Packages · Headquarters".
 * @param title undefined while it is not known
 * @param depth 0 for a page, 1 for what is shown beside it
 */
export function useTitle(title: string | undefined, depth: 0 | 1 = 0): void {
  const { data } = useQuery(settingsQuery);
  const server = data?.name ?? texts.product;
  useEffect(() => {
    if (title === undefined) return;
    const show = () => {
      const parts = [...shown].toSorted(([one], [other]) => other - one).map(([, part]) => part);
      document.title = [...parts, server].join(' · ');
    };
    shown.set(depth, title);
    show();
    return () => {
      shown.delete(depth);
      show();
    };
  }, [title, depth, server]);
}
