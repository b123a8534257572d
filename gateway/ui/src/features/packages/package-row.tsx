import { IconArrowRight } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { memo } from 'react';
import type { Shape } from '../../api/client.ts';
import { actorText, shortDigest, shortTimeText, sizeText, timeText } from '../../components/format.ts';
import { Time, useClock } from '../../components/time.tsx';
import { ShareBar, StatePill } from '../../components/tone.tsx';
import { texts } from '../../texts.ts';
import type { PackageAct, Stage } from './package-acts.ts';
import { type Coming, hereOf, latestOf } from './package-state.ts';
import styles from './packages.module.css';

/** What can be done with a row. */
export type RowActs = {
  /** Stages that may be changed by who is signed in; none for who may change nothing. */
  readonly allowed: readonly Stage[];
  readonly onAct: (row: Shape<'Package'>, act: PackageAct) => void;
};

type Props = RowActs & {
  readonly row: Shape<'Package'>;
  /** How it comes, where it is not here. */
  readonly coming: Coming | undefined;
  readonly index: number;
  /** Where it begins, in pixels. */
  readonly start: number;
  /** Whether it is the one that the Tab key comes to. */
  readonly isStop: boolean;
  readonly isOpen: boolean;
  readonly isSelected: boolean | undefined;
  readonly onFocus: (id: number, index: number) => void;
  readonly onSelect: (rows: readonly Shape<'Package'>[], isSelected: boolean) => void;
};

/** A package: what each stage has of it, and how it is here. Of those in sight only what changed is made again at each step of the scroll bar. */
export const PackageRow = memo(Row);

function Row({ row, coming, index, start, isStop, isOpen, isSelected, onFocus, onSelect, ...acts }: Props) {
  const { id, filename, heads } = row;
  const here = hereOf(row, coming);
  const latest = latestOf(row);
  const tabIndex = isStop ? 0 : -1;
  const hasConflict = Object.values(heads).some((head) => head?.conflict === true);
  return (
    <div
      className={styles['row']}
      role="row"
      tabIndex={-1}
      aria-rowindex={index + 2}
      aria-selected={isSelected}
      data-row={id}
      data-open={isOpen}
      style={{ transform: `translateY(${start}px)` }}
      onFocus={() => onFocus(id, index)}
    >
      <div role="gridcell" className={styles['first']}>
        {isSelected !== undefined && (
          <input
            type="checkbox"
            className={styles['check']}
            tabIndex={tabIndex}
            aria-label={texts.packages.select(filename)}
            checked={isSelected}
            onChange={({ currentTarget: { checked } }) => onSelect([row], checked)}
          />
        )}
        <div className={styles['stage']}>
          <Link
            className={styles['name']}
            to="/packages/$id"
            params={{ id: String(id) }}
            search={(before) => before}
            title={filename}
            tabIndex={tabIndex}
            aria-keyshortcuts="p Space Delete"
            data-row-link={id}
            {...(isStop && { 'data-focus-home': '' })}
          >
            <bdi>{filename}</bdi>
          </Link>
          {hasConflict && <div className={`${styles['sub']} ${styles['alarm']}`}>{texts.packages.conflict}</div>}
        </div>
      </div>
      <StageCell head={heads.Dev} />
      <PromoteCell {...acts} row={row} from="Dev" to="Test" tabIndex={tabIndex} />
      <StageCell head={heads.Test} />
      <PromoteCell {...acts} row={row} from="Test" to="Prod" tabIndex={tabIndex} />
      <StageCell head={heads.Prod} />
      <div role="gridcell">
        <StatePill tone={here.tone} {...(coming?.reason != null && { title: coming.reason })}>
          {here.text}
        </StatePill>
      </div>
      <div role="gridcell">
        {latest !== undefined && (
          <>
            <Time at={latest.changedAt} />
            <div className={styles['sub']}>{actorText(latest.actor)}</div>
          </>
        )}
      </div>
    </div>
  );
}

/** What a stage has: how large, which bytes, who set it and when, and how many of the sites that are to hold it do. */
function StageCell({ head }: { readonly head: Shape<'Head'> | null }) {
  const now = useClock();
  if (head?.sha256 == null) return <div role="gridcell" />;
  const { sha256, sizeBytes, actor, changedAt, changedByName, coverage } = head;
  const at = new Date(changedAt);
  const who = texts.package.changedBy(actorText(actor), changedByName ?? '');
  return (
    <div role="gridcell" className={styles['stage']}>
      <div className={styles['line']}>
        <span className={styles['size']}>{sizeText(sizeBytes ?? 0)}</span>
        <span className={styles['digest']} title={sha256}>
          {shortDigest(sha256)}
        </span>
      </div>
      <div className={styles['line']} title={`${coverageText(coverage)}${timeText(at)} ${who}`}>
        {coverage !== null && <Cover coverage={coverage} />}
        <span className={styles['who']}>
          {actorText(actor)}, {shortTimeText(at, now)}
        </span>
      </div>
    </div>
  );
}

function coverageText(coverage: Shape<'HeadCoverageCount'> | null): string {
  if (coverage === null) return '';
  const { held, of, unknown } = coverage;
  return `${texts.packages.coverageLong(held, of)}${unknown > 0 ? texts.packages.unheard(unknown) : ''}\n`;
}

/** How many of the sites that are to hold it do, as they said. */
function Cover({ coverage: { held, unknown, of } }: { readonly coverage: Shape<'HeadCoverageCount'> }) {
  if (of === 0) return <span className={styles['cover']}>{texts.packages.noSite}</span>;
  const tone = held === of ? 'green' : unknown === of - held ? 'grey' : 'amber';
  return (
    <span className={styles['cover']}>
      <ShareBar share={held / of} tone={tone} width={36} />
      {texts.packages.coverage(held, of)}
      {unknown > 0 && <span className="visually-hidden">{texts.packages.unheard(unknown)}</span>}
    </span>
  );
}

type PromoteProps = RowActs & {
  readonly row: Shape<'Package'>;
  readonly from: Stage;
  readonly to: Stage;
  readonly tabIndex: number;
};

function PromoteCell({ row, from, to, tabIndex, allowed, onAct }: PromoteProps) {
  const sha256 = row.heads[from]?.sha256;
  if (sha256 == null || !allowed.includes(to)) return <div role="gridcell" />;
  const words = texts.packages.promote(row.filename, to);
  return (
    <div role="gridcell">
      <button
        type="button"
        className={styles['arrow']}
        tabIndex={tabIndex}
        aria-label={words}
        title={words}
        onClick={() => onAct(row, { kind: 'promote', from, to, sha256 })}
      >
        <IconArrowRight size={14} />
      </button>
    </div>
  );
}
