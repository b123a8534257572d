import { Button, NativeSelect, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconSearch, IconUpload } from '@tabler/icons-react';
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Outlet, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useCallback, useEffect, useRef, useState } from 'react';
import type { Shape } from '../../api/client.ts';
import { FilterRow, ManyChips } from '../../components/chips.tsx';
import { late } from '../../components/late.tsx';
import { PageHead } from '../../components/page-head.tsx';
import { NotTold, ProblemAlert } from '../../components/problem-alert.tsx';
import { texts } from '../../texts.ts';
import { useRights } from '../session/session-queries.ts';
import { choosing } from '../uploads/choosing.ts';
import { BulkBar } from './bulk-bar.tsx';
import { EmptyPackages } from './empty-packages.tsx';
import { mostSelected, type PackageAct, type Stage } from './package-acts.ts';
import styles from './packages.module.css';
import { firstPackages, packagesQuery } from './packages-queries.ts';
import { filtersIn, type PackagesSearch, packagesFilters, packagesSorts, toggled, unsaid } from './packages-search.ts';
import { PackagesTable } from './packages-table.tsx';

const ActDialog = late(async () => (await import('./act-dialog.tsx')).ActDialog);

type Row = Shape<'Package'>;

const noStage: readonly Stage[] = [];

/** All packages, by their stages: what is where, and what can be promoted. */
export function PackagesPage() {
  const search = useSearch({ from: '/packages' });
  const { id: openId } = useParams({ strict: false });
  const change = useSearchChange();
  const rights = useRights();
  // What was shown stays until the rows of another filter are there.
  const packages = useQuery({ ...packagesQuery(search, 0), placeholderData: keepPreviousData });
  const { selected, select, selectAll, clear, error } = useSelection(search, packages.data?.total ?? 0);
  const [acting, setActing] = useState<{ readonly shown: Row; readonly act: PackageAct }>();
  const act = useCallback((shown: Row, what: PackageAct) => setActing({ shown, act: what }), []);
  const { data } = packages;
  return (
    <div className={styles['page']}>
      <PageHead title={texts.packages.title} count={data?.total}>
        {rights.canUpload && (
          <Button leftSection={<IconUpload size={16} />} onClick={() => choosing.open()}>
            {texts.packages.upload}
          </Button>
        )}
      </PageHead>
      <Filters search={search} />
      <BulkBar selected={[...selected.values()]} onClear={clear} />
      <NotTold queries={[packages]} />
      {error !== null && <ProblemAlert error={error} />}
      <div className={styles['split']}>
        {data?.total === 0 && (
          <EmptyPackages search={data.search} onUpload={rights.canUpload ? () => choosing.open() : undefined} />
        )}
        {data !== undefined && data.total > 0 && (
          <PackagesTable
            search={data.search}
            total={data.total}
            isOld={packages.isPlaceholderData}
            onSort={(sort) => change({ sort: sort === 'changed' ? undefined : sort })}
            openId={openId === undefined ? undefined : Number(openId)}
            selected={rights.canPromote ? selected : undefined}
            allowed={rights.canPromote ? rights.stages : noStage}
            onSelect={select}
            onSelectAll={selectAll}
            onAct={act}
          />
        )}
        <Outlet />
      </div>
      {acting !== undefined && <ActDialog {...acting} onClose={() => setActing(undefined)} />}
    </div>
  );
}

/** The packages that are selected, whether they are in sight or not. */
function useSelection(search: PackagesSearch, total: number) {
  const queries = useQueryClient();
  const [selected, setSelected] = useState<ReadonlyMap<number, Row>>(new Map());
  const select = useCallback((rows: readonly Row[], isSelected: boolean) => {
    setSelected((before) => {
      const others = [...before].filter(([id]) => rows.every((row) => row.id !== id));
      const added = isSelected ? rows.map((row) => [row.id, row] as const) : [];
      return new Map([...others, ...added].slice(0, mostSelected));
    });
  }, []);
  const asking = useMutation({ mutationFn: () => firstPackages(queries, search, Math.min(total, mostSelected)) });
  const clear = () => {
    // What is still asked for is not selected any more when it comes.
    asking.reset();
    setSelected(new Map());
  };
  const selectAll = (isSelected: boolean) => {
    clear();
    if (isSelected) asking.mutate(undefined, { onSuccess: (rows) => select(rows, true) });
  };
  return { selected, select, clear, selectAll, error: asking.error };
}

/** Changes what the list shows, which is what the address says. */
function useSearchChange() {
  const navigate = useNavigate({ from: '/packages' });
  return (changed: PackagesSearch, replace = false) =>
    void navigate({ to: '.', search: (before: PackagesSearch) => withoutUnset({ ...before, ...changed }), replace });
}

function Filters({ search }: { readonly search: PackagesSearch }) {
  const change = useSearchChange();
  return (
    <FilterRow>
      <ManyChips
        label={texts.packages.filterLabel}
        options={[undefined, ...packagesFilters].map((value) => ({ value, label: texts.packages.filters[value ?? 'all'] }))}
        values={filtersIn(search.show)}
        onChange={(filter) => change({ show: toggled(search.show, filter) })}
      />
      <NameFilter value={search.q ?? ''} onChange={(q) => change({ q: q === '' ? undefined : q }, true)} />
      <NativeSelect
        className={styles['sort']}
        aria-label={texts.packages.sort}
        data={packagesSorts.map((value) => ({ value, label: texts.packages.sorts[value] }))}
        value={search.sort ?? 'changed'}
        onChange={({ currentTarget: { value } }) => change({ sort: packagesSorts.find((one) => one === value) })}
      />
    </FilterRow>
  );
}

/** Finds by a part of the name, as somebody types. What the address says otherwise, as after Back, it shows. */
function NameFilter({ value, onChange }: { readonly value: string; readonly onChange: (value: string) => void }) {
  const [word, setWord] = useState(value);
  // The address says what it was told a moment later, when somebody may have typed on: that is not to be written over.
  const told = useRef<readonly string[]>([value]);
  const seek = useDebouncedCallback((typed: string) => {
    const wanted = typed.trim();
    told.current = wanted === value ? [value] : [...told.current, wanted];
    onChange(wanted);
  }, 200);
  useEffect(() => {
    const rest = unsaid(told.current, value);
    if (rest === undefined) setWord(value);
    told.current = rest ?? [value];
  }, [value]);
  return (
    <TextInput
      className={styles['search']}
      type="search"
      maxLength={255}
      aria-label={texts.packages.search}
      placeholder={texts.packages.search}
      leftSection={<IconSearch size={16} />}
      value={word}
      onChange={({ currentTarget: { value: typed } }) => {
        setWord(typed);
        seek(typed);
      }}
    />
  );
}

const withoutUnset = (search: PackagesSearch): PackagesSearch =>
  Object.fromEntries(Object.entries(search).filter(([, value]) => value !== undefined)) as PackagesSearch;
