import { type ReactNode, useDeferredValue } from 'react';
import { texts } from '../texts.ts';
import styles from './table.module.css';

type Props = {
  /** What the table shows, for who does not see it. */
  readonly label: string;
  /** The one of the acts is empty: it says what it is only to who does not see it. */
  readonly columns: readonly string[];
  /** The rows, each a `tr`. */
  readonly children: ReactNode;
};

/** A table that scrolls sideways where it is wider than the page, and hides no column. */
export function DataTable({ label, columns, children }: Props) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: who has no pointer scrolls it with the keys
    <section className={styles['scroll']} aria-label={label} tabIndex={0}>
      <table className={styles['table']}>
        <caption className="visually-hidden">{label}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column} scope="col">
                {column === '' ? <span className="visually-hidden">{texts.actsColumn}</span> : column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </section>
  );
}

/** More would hold up the page that they are on. */
const atOnce = 24;

/** Rows of a long table: the first ones at once, the others while the page can be used already. */
export function useRowsInTurn<Row>(rows: readonly Row[]): readonly Row[] {
  return useDeferredValue(rows, rows.slice(0, atOnce));
}
