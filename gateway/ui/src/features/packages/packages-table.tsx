import { IconArrowRight } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, memo, useRef, useState } from 'react';
import type { Shape } from '../../api/client.ts';
import { actorText, shortDigest, sizeText } from '../../components/format.ts';
import { late } from '../../components/late.tsx';
import { Time } from '../../components/time.tsx';
import { ShareBar, StatePill } from '../../components/tone.tsx';
import { texts } from '../../texts.ts';
import { type Rights, useRights } from '../session/session-queries.ts';
import type { PackageAct, Stage } from './package-acts.ts';
import { hereOf, latestOf } from './package-state.ts';
import styles from './packages.module.css';
import { usePackageRows } from './packages-queries.ts';
import type { PackagesSearch } from './packages-search.ts';

const ActDialog = late(async () => (await import('./act-dialog.tsx')).ActDialog);

const rowPixels = 52;

type Props = {
  readonly search: PackagesSearch;
  /** Rows of the list. */
  readonly total: number;
  /** Those that are selected, by their ids; undefined for who may do nothing with them. */
  readonly selected: ReadonlyMap<number, unknown> | undefined;
  readonly onSelect: (row: Shape<'Package'>, isSelected: boolean) => void;
};

/** The packages as rows, of which only those in sight are in the page and asked for: 10,000 scroll like ten. */
export function PackagesTable({ search, total, selected, onSelect }: Props) {
  const scroller = useRef<HTMLDivElement>(null);
  const visible = useVirtualizer({
    count: total,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowPixels,
    overscan: 8,
  });
  const shown = visible.getVirtualItems();
  const rowAt = usePackageRows(search, { first: shown[0]?.index ?? 0, last: shown.at(-1)?.index ?? 0 });
  const rights = useRights();
  // Parts that were asked for at different times may both have a package that moved meanwhile.
  const seen = new Set<number>();
  return (
    <div ref={scroller} className={styles['scroll']} role="table" aria-label={texts.packages.title} aria-rowcount={total + 1}>
      <div className={styles['table']}>
        <HeadRow />
        <div className={styles['body']} role="rowgroup" style={{ height: visible.getTotalSize() }}>
          {shown.map(({ index, start }) => {
            const row = rowAt(index);
            if (row === undefined || seen.has(row.id)) return <WaitingRow key={`at ${index}`} index={index} start={start} />;
            seen.add(row.id);
            const isSelected = selected?.has(row.id);
            return <Row key={row.id} {...{ row, index, start, isSelected, rights, onSelect }} />;
          })}
        </div>
      </div>
    </div>
  );
}

/** The place of a row that is on its way. */
function WaitingRow({ index, start }: { readonly index: number; readonly start: number }) {
  return (
    <div className={styles['row']} role="row" aria-rowindex={index + 2} style={{ transform: `translateY(${start}px)` }}>
      <div role="cell" className={styles['waiting']}>
        {texts.loading}
      </div>
    </div>
  );
}

const columns = [
  { title: texts.packages.name },
  { title: 'Dev' },
  { title: texts.acts.promote('Test'), isHidden: true },
  { title: 'Test' },
  { title: texts.acts.promote('Prod'), isHidden: true },
  { title: 'Prod' },
  { title: texts.packages.here },
  { title: texts.packages.changed },
] as const satisfies readonly { readonly title: string; readonly isHidden?: boolean }[];

function HeadRow() {
  return (
    <div role="rowgroup">
      <div className={styles['head']} role="row">
        {columns.map((column) => (
          <span key={column.title} role="columnheader">
            <span className={'isHidden' in column ? 'visually-hidden' : undefined}>{column.title}</span>
          </span>
        ))}
      </div>
    </div>
  );
}

type RowProps = {
  readonly row: Shape<'Package'>;
  readonly index: number;
  readonly start: number;
  readonly isSelected: boolean | undefined;
  readonly rights: Rights;
  readonly onSelect: Props['onSelect'];
};

/** Of those in sight only what changed is made again at each step of the scroll bar. */
const Row = memo(PackageRow, (before, { rights, ...after }) => {
  const isSame = Object.entries(after).every(([name, value]) => before[name as keyof typeof after] === value);
  return isSame && before.rights.canPromote === rights.canPromote && before.rights.stages === rights.stages;
});

function PackageRow({ row, index, start, isSelected, rights: { canPromote, stages }, onSelect }: RowProps) {
  const here = hereOf(row);
  const latest = latestOf(row);
  const [act, setAct] = useState<PackageAct>();
  const hasConflict = Object.values(row.heads).some((head) => head?.conflict === true);
  const next = canPromote ? nextPromotion(row, stages) : undefined;
  const keyDown = ({ key, target, currentTarget, metaKey, ctrlKey, altKey }: KeyboardEvent<HTMLDivElement>) => {
    if (metaKey || ctrlKey || altKey || target instanceof HTMLInputElement) return;
    if (key === 'p' && next !== undefined) setAct(next);
    if (key === 'ArrowDown' || key === 'ArrowUp') focusRow(currentTarget, key === 'ArrowDown' ? 1 : -1);
  };
  return (
    <div
      className={styles['row']}
      role="row"
      aria-rowindex={index + 2}
      aria-selected={isSelected}
      style={{ transform: `translateY(${start}px)` }}
      onKeyDown={keyDown}
    >
      <div role="cell" className={styles['first']}>
        {isSelected !== undefined && (
          <input
            type="checkbox"
            className={styles['check']}
            aria-label={texts.packages.select(row.filename)}
            checked={isSelected}
            onChange={({ currentTarget: { checked } }) => onSelect(row, checked)}
          />
        )}
        <div className={styles['stage']}>
          <Link
            className={styles['name']}
            to="/packages/$id"
            params={{ id: String(row.id) }}
            search={(before) => before}
            title={row.filename}
            data-row-link
          >
            {row.filename}
          </Link>
          {hasConflict && <div className={`${styles['sub']} ${styles['alarm']}`}>{texts.packages.conflict}</div>}
        </div>
      </div>
      <StageCell row={row} stage="Dev" />
      <PromoteCell row={row} from="Dev" to="Test" isAllowed={canPromote && stages.includes('Test')} onAct={setAct} />
      <StageCell row={row} stage="Test" />
      <PromoteCell row={row} from="Test" to="Prod" isAllowed={canPromote && stages.includes('Prod')} onAct={setAct} />
      <StageCell row={row} stage="Prod" />
      <div role="cell">
        <StatePill tone={here.tone}>{here.text}</StatePill>
      </div>
      <div role="cell">
        {latest !== undefined && (
          <>
            <Time at={latest.changedAt} />
            <div className={styles['sub']}>{actorText(latest.actor)}</div>
          </>
        )}
      </div>
      {act !== undefined && <ActDialog shown={row} act={act} onClose={() => setAct(undefined)} />}
    </div>
  );
}

/** The lowest promotion that is possible: what the key `p` stands for. */
function nextPromotion({ heads }: Shape<'Package'>, allowed: readonly Stage[]): PackageAct | undefined {
  for (const [from, to] of [
    ['Dev', 'Test'],
    ['Test', 'Prod'],
  ] as const) {
    const sha256 = heads[from]?.sha256;
    if (sha256 != null && allowed.includes(to)) return { kind: 'promote', from, to, sha256 };
  }
  return undefined;
}

/** Goes to the row above or below, by its name. */
function focusRow(row: HTMLElement, step: 1 | -1): void {
  const wanted = Number(row.getAttribute('aria-rowindex')) + step;
  row.parentElement?.querySelector<HTMLElement>(`[aria-rowindex="${wanted}"] [data-row-link]`)?.focus();
}

function StageCell({ row, stage }: { readonly row: Shape<'Package'>; readonly stage: 'Dev' | 'Test' | 'Prod' }) {
  const head = row.heads[stage];
  if (head?.sha256 == null) return <div role="cell" />;
  return (
    <div role="cell" className={styles['stage']}>
      <span className={styles['size']}>{sizeText(head.sizeBytes ?? 0)}</span>{' '}
      <span className={styles['digest']} title={head.sha256}>
        {shortDigest(head.sha256)}
      </span>
      {head.coverage !== null && <Cover coverage={head.coverage} />}
    </div>
  );
}

/** How many of the sites that are to hold it do, as they said. */
function Cover({ coverage: { held, unknown, of } }: { readonly coverage: Shape<'HeadCoverageCount'> }) {
  if (of === 0) return <div className={styles['cover']}>{texts.packages.noSite}</div>;
  const tone = held === of ? 'green' : 'amber';
  return (
    <div className={styles['cover']}>
      <ShareBar share={held / of} tone={tone} />
      {texts.packages.coverage(held, of)}
      {unknown > 0 && <span>{texts.packages.unheard(unknown)}</span>}
    </div>
  );
}

type PromoteProps = {
  readonly row: Shape<'Package'>;
  readonly from: Stage;
  readonly to: Stage;
  readonly isAllowed: boolean;
  readonly onAct: (act: PackageAct) => void;
};

function PromoteCell({ row, from, to, isAllowed, onAct }: PromoteProps) {
  const sha256 = row.heads[from]?.sha256;
  if (sha256 == null || !isAllowed) return <div role="cell" />;
  return (
    <div role="cell">
      <button
        type="button"
        className={styles['arrow']}
        aria-label={texts.packages.promote(row.filename, to)}
        title={texts.packages.promote(row.filename, to)}
        onClick={() => onAct({ kind: 'promote', from, to, sha256 })}
      >
        <IconArrowRight size={14} />
      </button>
    </div>
  );
}
