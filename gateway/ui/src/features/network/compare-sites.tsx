import { Select } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import type { SiteCount } from '../../api/sites-query.ts';
import { Time } from '../../components/time.tsx';
import { texts } from '../../texts.ts';
import styles from './network.module.css';
import type { CoverageSearch } from './network-search.ts';
import { PackageList } from './server-lists.tsx';

/** Two sites beside each other: what one of them holds and the other lacks. Which two stands in the address. */
export function Compare({ sites, search }: { readonly sites: readonly SiteCount[]; readonly search: CoverageSearch }) {
  const navigate = useNavigate({ from: '/network/coverage' });
  if (sites.length < 2) return null;
  const [one, other] = [search.one, search.other].map((iss) => sites.find((site) => site.iss === iss));
  const choose = (side: 'one' | 'other') => (
    <Select
      label={side === 'one' ? texts.coverage.one : texts.coverage.other}
      placeholder={texts.coverage.choose}
      searchable
      clearable
      clearButtonProps={{ 'aria-label': texts.coverage.clear }}
      data={sites.map(({ iss, name }) => ({
        value: iss,
        label: name,
        disabled: iss === search[side === 'one' ? 'other' : 'one'],
      }))}
      value={search[side] ?? null}
      onChange={(iss) =>
        void navigate({
          search: ({ [side]: _before, ...rest }) => ({ ...rest, ...(iss !== null && { [side]: iss }) }),
          resetScroll: false,
          replace: true,
        })
      }
    />
  );
  return (
    <section aria-label={texts.coverage.compare}>
      <h2 className={styles['section']}>{texts.coverage.compare}</h2>
      <p className={styles['note']}>{texts.coverage.compareHint}</p>
      <div className={styles['choose']}>
        {choose('one')}
        {choose('other')}
      </div>
      {one !== undefined && other !== undefined && (
        <>
          <Difference holder={one} lacker={other} stage={search.stage} />
          <Difference holder={other} lacker={one} stage={search.stage} />
        </>
      )}
    </section>
  );
}

type DifferenceProps = { readonly holder: SiteCount; readonly lacker: SiteCount; readonly stage: CoverageSearch['stage'] };

function Difference({ holder, lacker, stage }: DifferenceProps) {
  const title = texts.coverage.difference(holder.name, lacker.name);
  const silent = [holder, lacker].find(({ isHeard }) => !isHeard);
  return (
    <>
      <h3 className={styles['section']}>{title}</h3>
      {silent === undefined ? (
        <PackageList
          filter={{ stage, heldBy: holder.iss, lackedBy: lacker.iss }}
          label={title}
          none={texts.coverage.noDifference(holder.name, lacker.name)}
        />
      ) : (
        <p className={styles['note']}>
          {texts.coverage.silentSite(silent.name)} {silent.heardAt === null ? texts.coverage.never : <Time at={silent.heardAt} />}
        </p>
      )}
    </>
  );
}
