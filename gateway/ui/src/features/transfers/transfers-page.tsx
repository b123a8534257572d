import { Button } from '@mantine/core';
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { api } from '../../api/client.ts';
import { peersQuery } from '../../api/peers-query.ts';
import { settingsQuery } from '../../api/settings-query.ts';
import { Chips } from '../../components/chips.tsx';
import { DataTable } from '../../components/data-table.tsx';
import { PageHead } from '../../components/page-head.tsx';
import { NotTold, ProblemAlert } from '../../components/problem-alert.tsx';
import { texts } from '../../texts.ts';
import { useRights } from '../session/session-queries.ts';
import { SourceTable } from './source-table.tsx';
import { type TransferChange, TransferRow } from './transfer-row.tsx';
import styles from './transfers.module.css';
import { runningQuery, transfersQuery } from './transfers-queries.ts';
import { transferStates } from './transfers-search.ts';

/** What this server fetches from others: what runs, then what waits, and why. */
export function TransfersPage() {
  const search = useSearch({ from: '/transfers' });
  const navigate = useNavigate({ from: '/transfers' });
  const { canPromote, stages } = useRights();
  const queries = useQueryClient();
  const transfers = useInfiniteQuery(transfersQuery(search));
  const { data: running } = useQuery(runningQuery);
  const { data: settings } = useQuery(settingsQuery);
  const peers = useQuery(peersQuery);
  const change = useMutation({
    mutationFn: ({ id, ...body }: TransferChange & { readonly id: string }) =>
      api.patch('/api/v1/transfers/{id}', { params: { path: { id } }, body }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['transfers'] }),
  });
  const now = new Map(running?.items.map((item) => [item.id, item]));
  const rows = transfers.data?.pages.flatMap(({ items }) => items) ?? [];
  const source = peers.data?.find(({ iss }) => iss === search.peer);
  return (
    <>
      <PageHead
        title={texts.transfers.title}
        count={transfers.isSuccess && `${rows.length}${transfers.hasNextPage ? texts.transfers.andMore : ''}`}
      />
      <NotTold queries={[transfers, peers]} />
      {change.isError && <ProblemAlert error={change.error} />}
      {peers.data !== undefined && <SourceTable peers={peers.data} />}
      <div className={styles['bar']}>
        <Chips
          label={texts.transfers.filter}
          value={search.state}
          options={[
            { value: undefined, label: texts.transfers.all },
            ...transferStates.map((state) => ({ value: state, label: texts.transfers.states[state] })),
          ]}
          onChange={(state) => void navigate({ search: ({ state: _before, ...rest }) => ({ ...rest, ...(state && { state }) }) })}
        />
        {search.peer !== undefined && (
          <Button
            size="compact-sm"
            variant="light"
            onClick={() => void navigate({ search: ({ peer: _before, ...rest }) => rest })}
          >
            {texts.transfers.onlyFrom(source?.name ?? search.peer)}
          </Button>
        )}
      </div>
      {transfers.isSuccess && rows.length === 0 && (
        <p>{search.state === undefined && search.peer === undefined ? texts.transfers.none : texts.transfers.noneOfThese}</p>
      )}
      {rows.length > 0 && (
        <DataTable label={texts.transfers.title} columns={texts.transfers.columns}>
          {rows.map((transfer) => (
            <TransferRow
              key={transfer.id}
              transfer={now.get(transfer.id) ?? transfer}
              here={settings?.name ?? ''}
              mayChange={canPromote && stages.length === 3}
              onChange={(body) => change.mutate({ id: transfer.id, ...body })}
            />
          ))}
        </DataTable>
      )}
      {transfers.hasNextPage && (
        <Button mt="sm" variant="default" loading={transfers.isFetchingNextPage} onClick={() => void transfers.fetchNextPage()}>
          {texts.transfers.more}
        </Button>
      )}
      <p className={styles['note']}>
        {texts.transfers.direction}{' '}
        {peers.data
          ?.filter(({ url }) => url !== '')
          .map(({ iss, url, name }) => (
            <a key={iss} href={`${url.replace(/\/+$/, '')}/transfers`} target="_blank" rel="noreferrer">
              {texts.transfers.at(name)}
            </a>
          ))}
      </p>
    </>
  );
}
