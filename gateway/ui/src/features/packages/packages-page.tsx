import { Button, NativeSelect, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconSearch, IconUpload } from '@tabler/icons-react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Outlet, useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback, useState } from 'react';
import type { Shape } from '../../api/client.ts';
import { Chips } from '../../components/chips.tsx';
import { PageHead } from '../../components/page-head.tsx';
import { ProblemAlert } from '../../components/problem-alert.tsx';
import { texts } from '../../texts.ts';
import { useRights } from '../session/session-queries.ts';
import { choosing } from '../uploads/choosing.ts';
import { BulkBar } from './bulk-bar.tsx';
import { EmptyPackages } from './empty-packages.tsx';
import styles from './packages.module.css';
import { packagesQuery } from './packages-queries.ts';
import { type PackagesSearch, packagesFilters, packagesSorts } from './packages-search.ts';
import { PackagesTable } from './packages-table.tsx';

/** All packages, by their stages: what is where, and what can be promoted. */
export function PackagesPage() {
  const search = useSearch({ from: '/packages' });
  const rights = useRights();
  // What was shown stays until the rows of another filter are there.
  const packages = useQuery({ ...packagesQuery(search, 0), placeholderData: keepPreviousData });
  const [selected, setSelected] = useState<ReadonlyMap<number, Shape<'Package'>>>(new Map());
  const select = useCallback((row: Shape<'Package'>, isSelected: boolean) => {
    setSelected((before) => {
      const others = [...before].filter(([id]) => id !== row.id);
      return new Map(isSelected ? [...others, [row.id, row]] : others);
    });
  }, []);
  return (
    <>
      <PageHead title={texts.packages.title} count={packages.data?.total}>
        {rights.canUpload && (
          <Button leftSection={<IconUpload size={16} />} onClick={() => choosing.open()}>
            {texts.packages.upload}
          </Button>
        )}
      </PageHead>
      <Filters search={search} />
      <BulkBar selected={[...selected.values()]} onClear={() => setSelected(new Map())} />
      {packages.isError && <ProblemAlert error={packages.error} />}
      <div className={styles['split']}>
        {packages.data?.total === 0 && (
          <EmptyPackages
            isFiltered={Object.keys(search).length > 0}
            onUpload={rights.canUpload ? () => choosing.open() : undefined}
          />
        )}
        {packages.data !== undefined && packages.data.total > 0 && (
          <PackagesTable
            // Another list begins at its top.
            key={JSON.stringify(packages.data.search)}
            search={packages.data.search}
            total={packages.data.total}
            selected={rights.canPromote ? selected : undefined}
            onSelect={select}
          />
        )}
        <Outlet />
      </div>
    </>
  );
}

function Filters({ search }: { readonly search: PackagesSearch }) {
  const navigate = useNavigate({ from: '/packages' });
  const change = (changed: PackagesSearch, replace = false) =>
    void navigate({ search: (before: PackagesSearch) => withoutUnset({ ...before, ...changed }), replace });
  const [word, setWord] = useState(search.q ?? '');
  const seek = useDebouncedCallback((q: string) => change({ q: q.trim() === '' ? undefined : q.trim() }, true), 200);
  return (
    <div className={styles['filters']}>
      <Chips
        label={texts.packages.filterLabel}
        options={[undefined, ...packagesFilters].map((value) => ({ value, label: texts.packages.filters[value ?? 'all'] }))}
        value={search.show}
        onChange={(show) => change({ show })}
      />
      <TextInput
        className={styles['search']}
        type="search"
        aria-label={texts.packages.search}
        placeholder={texts.packages.search}
        leftSection={<IconSearch size={16} />}
        value={word}
        onChange={({ currentTarget: { value } }) => {
          setWord(value);
          seek(value);
        }}
      />
      <NativeSelect
        className={styles['sort']}
        aria-label={texts.packages.sort}
        data={packagesSorts.map((value) => ({ value, label: texts.packages.sorts[value] }))}
        value={search.sort ?? 'changed'}
        onChange={({ currentTarget: { value } }) => change({ sort: packagesSorts.find((one) => one === value) })}
      />
    </div>
  );
}

const withoutUnset = (search: PackagesSearch): PackagesSearch =>
  Object.fromEntries(Object.entries(search).filter(([, value]) => value !== undefined)) as PackagesSearch;
