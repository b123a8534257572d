import { Checkbox, Kbd } from '@mantine/core';
import { IconArrowDown, IconArrowUp } from '@tabler/icons-react';
import { defaultRangeExtractor, useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, useEffect, useRef } from 'react';
import type { Shape } from '../../api/client.ts';
import { ProblemAlert } from '../../components/problem-alert.tsx';
import { texts } from '../../texts.ts';
import { mostSelected } from './package-acts.ts';
import { PackageRow, type RowActs } from './package-row.tsx';
import { comingOf, nextPromotion } from './package-state.ts';
import styles from './packages.module.css';
import { type RowAt, usePackageRows } from './packages-queries.ts';
import type { PackagesSearch } from './packages-search.ts';
import { useRowFocus } from './row-focus.ts';

const rowPixels = 40;
const headPixels = 36;

type Sort = NonNullable<PackagesSearch['sort']>;

type Props = {
  readonly search: PackagesSearch;
  /** Rows of the list. */
  readonly total: number;
  /** Whether another list was asked for, and this one is shown until it comes. */
  readonly isOld: boolean;
  readonly onSort: (sort: Sort) => void;
  /** The package whose page is open. */
  readonly openId: number | undefined;
  /** Those that are selected, by their ids; undefined for who may do nothing with them. */
  readonly selected: ReadonlyMap<number, unknown> | undefined;
  readonly onSelect: (rows: readonly Shape<'Package'>[], isSelected: boolean) => void;
  readonly onSelectAll: (isSelected: boolean) => void;
} & RowActs;

/** The packages as rows, of which only those in sight are in the page and asked for: 10,000 scroll like ten. */
export function PackagesTable({ search, total, isOld, openId, ...rest }: Props) {
  const { selected, onSelect, onSelectAll, onAct, allowed, onSort } = rest;
  const list = useRef<HTMLDivElement>(null);
  const stop = useRef(0);
  const visible = useVirtualizer({
    count: total,
    getScrollElement: () => list.current,
    estimateSize: () => rowPixels,
    overscan: 8,
    scrollMargin: headPixels,
    scrollPaddingStart: headPixels,
    // The row that the Tab key comes to is always there.
    rangeExtractor(range) {
      const places = new Set([...defaultRangeExtractor(range), Math.min(stop.current, range.count - 1)]);
      return [...places].sort((one, other) => one - other);
    },
  });
  const shown = visible.getVirtualItems();
  const { rowAt, comings, error } = usePackageRows(
    search,
    shown.map(({ index }) => index),
  );
  const view = JSON.stringify(search);
  const scrollTo = (index: number) => visible.scrollToIndex(index);
  const focus = useRowFocus({ view, total, rowAt, places: shown, openId, pageRows: 10, scrollTo, list });
  stop.current = focus.index;
  // biome-ignore lint/correctness/useExhaustiveDependencies: another list begins at its top
  useEffect(() => {
    if (list.current !== null) list.current.scrollTop = 0;
  }, [view]);
  const keyDown = (event: KeyboardEvent<HTMLElement>) => {
    const { key, target, metaKey, ctrlKey, altKey } = event;
    const row = rowAt(focus.index);
    const isInRow = target instanceof Element && target.closest('[data-row]') !== null;
    if (metaKey || ctrlKey || altKey || !isInRow || focus.keyDown(event) || row === undefined) return;
    const promotion = nextPromotion(row, allowed);
    if (key === 'p' && promotion !== undefined) onAct(row, promotion);
    if (key === 'Delete' && allowed.length === 3 && row.status !== 'Deleted') onAct(row, { kind: 'delete' });
    if (key === ' ' && selected !== undefined && target.matches('[data-row-link]')) {
      event.preventDefault();
      onSelect([row], !selected.has(row.id));
    }
  };
  return (
    <div className={styles['list']} data-old={isOld}>
      {error != null && <ProblemAlert error={error} />}
      <div
        ref={list}
        className={styles['scroll']}
        role="grid"
        tabIndex={-1}
        aria-label={texts.packages.title}
        aria-rowcount={total + 1}
        aria-multiselectable={selected !== undefined}
        aria-busy={isOld}
        onKeyDown={keyDown}
      >
        <div className={styles['table']}>
          <HeadRow {...{ total, selected, onSelectAll, onSort }} sort={search.sort ?? 'changed'} />
          <div className={styles['body']} role="rowgroup" style={{ height: visible.getTotalSize() }}>
            <Rows
              {...{ shown, rowAt, comings, stopAt: focus.index, openId, selected, onSelect, onAct, allowed }}
              onFocus={focus.seen}
            />
          </div>
        </div>
      </div>
      <Keys mayAct={selected !== undefined} />
    </div>
  );
}

type RowsProps = Pick<Props, 'openId' | 'selected' | 'onSelect' | 'onAct' | 'allowed'> & {
  readonly shown: readonly { readonly index: number; readonly start: number }[];
  readonly rowAt: RowAt;
  readonly comings: readonly Shape<'Transfer'>[];
  readonly stopAt: number;
  readonly onFocus: (id: number, index: number) => void;
};

function Rows({ shown, rowAt, comings, stopAt, openId, selected, ...acts }: RowsProps) {
  // Parts that were asked for at different times may both have a package that moved meanwhile.
  const seen = new Set<number>();
  return shown.map(({ index, start: startsAt }) => {
    const row = rowAt(index);
    const start = startsAt - headPixels;
    if (row === undefined || seen.has(row.id)) return <WaitingRow key={`at ${index}`} index={index} start={start} />;
    seen.add(row.id);
    const states = { isStop: index === stopAt, isOpen: row.id === openId, isSelected: selected?.has(row.id) };
    return <PackageRow key={row.id} {...{ row, index, start }} coming={comingOf(row, comings)} {...states} {...acts} />;
  });
}

/** The place of a row that is on its way. */
function WaitingRow({ index, start }: { readonly index: number; readonly start: number }) {
  return (
    <div className={styles['row']} role="row" aria-rowindex={index + 2} style={{ transform: `translateY(${start}px)` }}>
      <div role="gridcell" className={styles['waiting']}>
        {texts.loading}
      </div>
    </div>
  );
}

type HeadProps = Pick<Props, 'total' | 'selected' | 'onSelectAll' | 'onSort'> & { readonly sort: Sort };

function HeadRow({ total, selected, onSelectAll, sort, onSort }: HeadProps) {
  const chosen = selected?.size ?? 0;
  const words = texts.packages;
  return (
    <div role="rowgroup" className={styles['headGroup']}>
      <div className={styles['head']} role="row">
        <div role="columnheader" className={styles['first']} aria-sort={ariaSort(sort, 'name')}>
          {selected !== undefined && (
            <Checkbox
              size="xs"
              aria-label={words.selectAll(Math.min(total, mostSelected), total)}
              checked={chosen > 0 && chosen >= Math.min(total, mostSelected)}
              indeterminate={chosen > 0 && chosen < Math.min(total, mostSelected)}
              onChange={({ currentTarget: { checked } }) => onSelectAll(checked)}
            />
          )}
          <SortButton title={words.name} column="name" sort={sort} onSort={onSort} />
        </div>
        {(['Dev', 'Test', 'Prod'] as const).flatMap((stage) => [
          ...(stage === 'Dev' ? [] : [<HiddenHead key={`to-${stage}`} title={texts.acts.promote(stage)} />]),
          <div key={stage} role="columnheader">
            {stage}
          </div>,
        ])}
        <div role="columnheader">{words.here}</div>
        <div role="columnheader" aria-sort={ariaSort(sort, 'changed')}>
          <SortButton title={words.changed} column="changed" sort={sort} onSort={onSort} />
        </div>
      </div>
    </div>
  );
}

function HiddenHead({ title }: { readonly title: string }) {
  return (
    <div role="columnheader">
      <span className="visually-hidden">{title}</span>
    </div>
  );
}

type Column = 'name' | 'changed';

/** The latest come first by themselves: `changed` falls, `-changed` rises. */
function ariaSort(sort: Sort, column: Column): 'ascending' | 'descending' | 'none' {
  if (sort !== column && sort !== `-${column}`) return 'none';
  return (sort === column) === (column === 'name') ? 'ascending' : 'descending';
}

type SortProps = Pick<HeadProps, 'sort' | 'onSort'> & { readonly title: string; readonly column: Column };

function SortButton({ title, column, sort, onSort }: SortProps) {
  const order = ariaSort(sort, column);
  const Icon = order === 'ascending' ? IconArrowUp : IconArrowDown;
  return (
    <button type="button" className={styles['sortBy']} onClick={() => onSort(sort === column ? `-${column}` : column)}>
      {title}
      {order !== 'none' && <Icon size={12} aria-hidden="true" />}
    </button>
  );
}

/** The keys that the list knows, for who looks for them. */
function Keys({ mayAct }: { readonly mayAct: boolean }) {
  const keys = mayAct ? texts.packages.keys : texts.packages.keys.slice(0, 2);
  return (
    <p className={styles['keys']}>
      {keys.map(([key, what]) => (
        <span key={key}>
          <Kbd size="xs">{key}</Kbd> {what}
        </span>
      ))}
    </p>
  );
}
