import { Button, NativeSelect, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconSearch, IconUpload } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Outlet, useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { Chips } from '../../components/chips.tsx';
import { late } from '../../components/late.tsx';
import { PageHead } from '../../components/page-head.tsx';
import { ProblemAlert } from '../../components/problem-alert.tsx';
import { withOrWithout } from '../../components/sets.ts';
import { texts } from '../../texts.ts';
import { useRights } from '../session/session-queries.ts';
import { DropArea } from '../uploads/drop-area.tsx';
import { BulkBar } from './bulk-bar.tsx';
import { EmptyPackages } from './empty-packages.tsx';
import styles from './packages.module.css';
import { packagesQuery } from './packages-queries.ts';
import { type PackagesSearch, packagesFilters, packagesSorts } from './packages-search.ts';
import { PackagesTable } from './packages-table.tsx';

const UploadDialog = late(async () => (await import('../uploads/upload-dialog.tsx')).UploadDialog);

/** All packages, by their stages: what is where, and what can be promoted. */
export function PackagesPage() {
  const search = useSearch({ from: '/packages' });
  const rights = useRights();
  const packages = useInfiniteQuery(packagesQuery(search));
  const [selected, setSelected] = useState<ReadonlySet<number>>(new Set());
  const [chosen, setChosen] = useState<readonly File[]>();
  const rows = packages.data?.pages.flatMap(({ items }) => items) ?? [];
  return (
    <>
      <PageHead title={texts.packages.title} count={packages.data?.pages[0]?.total}>
        {rights.canUpload && (
          <Button leftSection={<IconUpload size={16} />} onClick={() => setChosen([])}>
            {texts.packages.upload}
          </Button>
        )}
      </PageHead>
      <Filters search={search} />
      <BulkBar selected={rows.filter(({ id }) => selected.has(id))} onClear={() => setSelected(new Set())} />
      {packages.isError && <ProblemAlert error={packages.error} />}
      <div className={styles['split']}>
        {packages.isSuccess && rows.length === 0 && (
          <EmptyPackages
            isFiltered={Object.keys(search).length > 0}
            onUpload={rights.canUpload ? () => setChosen([]) : undefined}
          />
        )}
        {rows.length > 0 && (
          <PackagesTable
            rows={rows}
            hasMore={packages.hasNextPage}
            onMore={() => void packages.fetchNextPage()}
            selected={rights.canPromote ? selected : undefined}
            onSelect={(id, isSelected) => setSelected(withOrWithout(selected, id, isSelected))}
          />
        )}
        <Outlet />
      </div>
      {rights.canUpload && <DropArea onFiles={setChosen} />}
      {chosen !== undefined && <UploadDialog chosen={chosen} onClose={() => setChosen(undefined)} />}
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
