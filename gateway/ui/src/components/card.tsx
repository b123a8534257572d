import type { ReactNode } from 'react';
import styles from './card.module.css';

/** A part of a page with a heading of its own. */
export function Card({ title, hint, children }: { title: string; hint?: string; children: ReactNode }) {
  return (
    <section className={styles['card']} aria-label={title}>
      <h2>{title}</h2>
      {hint !== undefined && <p className={styles['hint']}>{hint}</p>}
      {children}
    </section>
  );
}

/** Cards beside each other where there is room. */
export function Cards({ children }: { readonly children: ReactNode }) {
  return <div className={styles['cards']}>{children}</div>;
}

/** Names and values. */
export function Facts({ facts }: { readonly facts: readonly (readonly [name: string, value: ReactNode])[] }) {
  return (
    <dl className={styles['facts']}>
      {facts.map(([name, value]) => (
        <Fact key={name} name={name}>
          {value}
        </Fact>
      ))}
    </dl>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}

/** Text whose letters are to be told apart: digests, keys, addresses. */
export function Mono({ children }: { readonly children: string }) {
  return (
    <code className={styles['mono']} title={children}>
      {children}
    </code>
  );
}
