import { useQuery } from '@tanstack/react-query';
import type { Shape } from '../../api/client.ts';
import { ProblemAlert } from '../../components/problem-alert.tsx';
import { Time } from '../../components/time.tsx';
import { ShareBar, StatePill, type Tone } from '../../components/tone.tsx';
import { texts } from '../../texts.ts';
import styles from './package-panel.module.css';
import { coverageQuery } from './package-queries.ts';

const tones: Readonly<Record<Shape<'SiteCoverage'>['state'], Tone>> = {
  verified: 'green',
  waiting: 'amber',
  downloading: 'blue',
  retrying: 'amber',
  unknown: 'grey',
  withheld: 'grey',
};

/** A row for each server: what it says that it has, or why it has it not. */
export function CoverageList({ id }: { readonly id: number }) {
  const coverage = useQuery(coverageQuery(id));
  if (coverage.isError) return <ProblemAlert error={coverage.error} />;
  if (coverage.data === undefined) return null;
  if (coverage.data.length === 0) return <p className={styles['sub']}>{texts.package.noSites}</p>;
  return coverage.data.map(({ stage, sha256, held, of, sites }) => (
    <section key={stage + sha256}>
      <div className={styles['stageHead']}>
        {stage}
        <ShareBar share={of === 0 ? 0 : held / of} tone={held === of ? 'green' : 'amber'} />
        <span className={styles['sub']}>{texts.packages.coverage(held, of)}</span>
      </div>
      <ul className={styles['list']}>
        {sites.map((site) => (
          <SiteRow key={site.iss} site={site} />
        ))}
      </ul>
    </section>
  ));
}

function SiteRow({ site: { name, state, since, reason, nextTryAt, heardAt } }: { readonly site: Shape<'SiteCoverage'> }) {
  return (
    <li>
      <div>
        <strong>{name}</strong>
        {reason !== null && <div className={styles['sub']}>{reason}</div>}
        {nextTryAt !== null && (
          <div className={styles['sub']}>
            {texts.package.nextTry} <Time at={nextTryAt} />
          </div>
        )}
      </div>
      <span className={styles['sub']}>{since !== null ? <Time at={since} /> : heardAt === null && texts.package.unheard}</span>
      <StatePill tone={tones[state]}>{texts.package.states[state]}</StatePill>
    </li>
  );
}
