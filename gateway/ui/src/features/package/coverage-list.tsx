import { useQuery } from '@tanstack/react-query';
import type { Shape } from '../../api/client.ts';
import { settingsQuery } from '../../api/settings-query.ts';
import { durationText, rateText, sizeText } from '../../components/format.ts';
import { NotTold } from '../../components/problem-alert.tsx';
import { Strip } from '../../components/strip.tsx';
import { Countdown, Time } from '../../components/time.tsx';
import { ShareBar, StatePill, type Tone } from '../../components/tone.tsx';
import { texts } from '../../texts.ts';
import { runningQuery } from '../transfers/transfers-queries.ts';
import styles from './package-panel.module.css';
import { coverageQuery, transferQuery } from './package-queries.ts';

type Site = Shape<'SiteCoverage'>;

const tones: Readonly<Record<Site['state'], Tone>> = {
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
  const { data: own } = useQuery(settingsQuery);
  const fault = <NotTold queries={[coverage]} />;
  if (coverage.data === undefined) return fault;
  if (coverage.data.length === 0) return <p className={styles['sub']}>{texts.package.noSites}</p>;
  const lists = coverage.data.map(({ stage, sha256, held, of, sites }) => (
    <section key={stage + sha256} aria-label={texts.package.whereOf(stage)}>
      <div className={styles['stageHead']}>
        {stage}
        <ShareBar share={of === 0 ? 0 : held / of} tone={toneOf(held, of, sites)} />
        <span className={styles['sub']}>{of === 0 ? texts.packages.noSite : texts.packages.coverage(held, of)}</span>
      </div>
      <ul className={styles['list']}>
        {sites.map((site) => (
          <SiteRow key={site.iss} site={site} sha256={sha256} isHere={site.iss === own?.iss} />
        ))}
      </ul>
    </section>
  ));
  return (
    <>
      {fault}
      {lists}
    </>
  );
}

/** What no site that is heard of lacks is not behind: of the others it is not known. */
function toneOf(held: number, of: number, sites: readonly Site[]): Tone {
  if (held === of) return 'green';
  return sites.filter(({ state }) => state === 'unknown').length === of - held ? 'grey' : 'amber';
}

type RowProps = { readonly site: Site; readonly sha256: string; readonly isHere: boolean };

function SiteRow({ site, sha256, isHere }: RowProps) {
  const { name, state, since, heardAt } = site;
  const comes = isHere && (state === 'downloading' || state === 'waiting' || state === 'retrying');
  const { data: asked } = useQuery({ ...transferQuery(sha256), enabled: comes });
  const words = texts.package;
  // That it was paused is known of what comes here, and is more than that it waits.
  const isPaused = comes && asked?.state === 'paused';
  return (
    <li>
      <div>
        <strong>{name}</strong> {isHere && <span className={styles['sub']}>{words.thisServer}</span>}
        {comes ? <OwnTransfer site={site} sha256={sha256} /> : <WhyNot site={site} />}
      </div>
      <span className={styles['sub']}>
        {since !== null && state !== 'unknown' && (
          <>
            {words.since} <Time at={since} />
          </>
        )}
        {state === 'unknown' &&
          (heardAt === null ? (
            words.unheard
          ) : (
            <>
              {words.unheardSince} <Time at={heardAt} />
            </>
          ))}
      </span>
      <StatePill tone={isPaused ? 'amber' : tones[state]}>
        {isPaused ? texts.packages.coming.paused : words.states[state]}
      </StatePill>
    </li>
  );
}

/** Why another server has it not, as far as that is known here. */
function WhyNot({ site: { reason, nextTryAt } }: { readonly site: Site }) {
  return (
    <>
      {reason !== null && <div className={styles['sub']}>{reason}</div>}
      {nextTryAt !== null && (
        <div className={styles['sub']}>
          {texts.package.nextTry} <Countdown to={nextTryAt} />
        </div>
      )}
    </>
  );
}

/** How a content comes to this server: which parts are here, how fast, from where; or why it does not come now. */
function OwnTransfer({ site, sha256 }: Omit<RowProps, 'isHere'>) {
  const { data: asked } = useQuery(transferQuery(sha256));
  const { data: running } = useQuery(runningQuery);
  const transfer = running?.items.find(({ id }) => id === sha256) ?? asked;
  if (transfer == null) return <WhyNot site={site} />;
  const { sizeBytes, verifiedBytes, rateBytesPerSecond, etaSeconds, sources, state, reason, tries, nextTryAt, strip } = transfer;
  const words = texts.package;
  const facts = [
    words.bytesHere(sizeText(verifiedBytes ?? 0), sizeText(sizeBytes)),
    ...(rateBytesPerSecond > 0 ? [rateText(rateBytesPerSecond)] : []),
    ...(etaSeconds === null ? [] : [words.left(durationText(etaSeconds))]),
    ...(state === 'running' ? [words.from(sources.map(({ name, iss }) => name ?? iss).join(', '))] : []),
  ];
  return (
    <>
      {strip.length > 0 && <Strip parts={strip} label={words.parts(strip.filter((part) => part === 100).length, strip.length)} />}
      <div className={styles['sub']}>{facts.join(' · ')}</div>
      {reason !== null && <div className={styles['sub']}>{reason}</div>}
      {state === 'retrying' && (
        <div className={styles['sub']}>
          {words.tries(tries)}
          {nextTryAt !== null && (
            <>
              , {words.nextTry} <Countdown to={nextTryAt} />
            </>
          )}
        </div>
      )}
    </>
  );
}
