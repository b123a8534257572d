import { ActionIcon, Group } from '@mantine/core';
import { IconArrowBarToUp, IconPlayerPause, IconPlayerPlay } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { api, type Shape } from '../../api/client.ts';
import { DataTable } from '../../components/data-table.tsx';
import { durationText, rateText, sizeText } from '../../components/format.ts';
import { PageHead } from '../../components/page-head.tsx';
import { ProblemAlert } from '../../components/problem-alert.tsx';
import { Time } from '../../components/time.tsx';
import { ShareBar, StatePill, type Tone } from '../../components/tone.tsx';
import { texts } from '../../texts.ts';
import { useRights } from '../session/session-queries.ts';
import { runningQuery, transfersQuery } from './transfers-queries.ts';

type Transfer = Shape<'Transfer'>;

const tones: Readonly<Record<Transfer['state'], Tone>> = { running: 'blue', waiting: 'grey', retrying: 'amber', paused: 'amber' };

/** What this server fetches from others: what runs, then what waits, and why. */
export function TransfersPage() {
  const { canPromote, stages } = useRights();
  const queries = useQueryClient();
  const transfers = useQuery(transfersQuery);
  const { data: running } = useQuery(runningQuery);
  const change = useMutation({
    mutationFn: ({ id, ...body }: { readonly id: string; readonly paused?: boolean; readonly first?: boolean }) =>
      api.patch('/api/v1/transfers/{id}', { params: { path: { id } }, body }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['transfers'] }),
  });
  const mayChange = canPromote && stages.length === 3;
  const now = new Map(running?.items.map((item) => [item.id, item]));
  const failed = [transfers, change].find(({ isError }) => isError);
  return (
    <>
      <PageHead title={texts.transfers.title} count={transfers.data?.length} />
      {failed !== undefined && <ProblemAlert error={failed.error} />}
      {transfers.data?.length === 0 && <p>{texts.transfers.none}</p>}
      {transfers.data !== undefined && transfers.data.length > 0 && (
        <DataTable label={texts.transfers.title} columns={texts.transfers.columns}>
          {transfers.data.map((transfer) => (
            <Row
              key={transfer.id}
              transfer={now.get(transfer.id) ?? transfer}
              mayChange={mayChange}
              onChange={(body) => change.mutate({ id: transfer.id, ...body })}
            />
          ))}
        </DataTable>
      )}
    </>
  );
}

type RowProps = {
  readonly transfer: Transfer;
  readonly mayChange: boolean;
  readonly onChange: (body: { readonly paused?: boolean; readonly first?: boolean }) => void;
};

function Row({ transfer, mayChange, onChange }: RowProps) {
  const {
    package: named,
    sha256,
    sizeBytes,
    verifiedBytes,
    rateBytesPerSecond,
    etaSeconds,
    sources,
    state,
    reason,
    nextTryAt,
  } = transfer;
  const name = named?.filename ?? sha256.slice(0, 16);
  const done = verifiedBytes ?? 0;
  return (
    <tr>
      <th scope="row">
        {named === null ? (
          name
        ) : (
          <Link to="/packages/$id" params={{ id: String(named.id) }}>
            {name}
          </Link>
        )}
      </th>
      <td>{sources.map((source) => source.name ?? source.iss).join(', ')}</td>
      <td>
        <StatePill tone={tones[state]}>{texts.transfers.states[state]}</StatePill>
      </td>
      <td>
        <Group gap="xs" wrap="nowrap">
          <ShareBar share={sizeBytes === 0 ? 0 : done / sizeBytes} tone={tones[state]} width={90} />
          {texts.admin.resources.used(sizeText(done), sizeText(sizeBytes))}
        </Group>
      </td>
      <td>{rateBytesPerSecond > 0 ? rateText(rateBytesPerSecond) : texts.none}</td>
      <td>{etaSeconds === null ? texts.none : durationText(etaSeconds)}</td>
      <td title={reason ?? undefined}>
        {reason ?? texts.none} {nextTryAt !== null && <Time at={nextTryAt} />}
      </td>
      <td>{mayChange && <RowActs name={name} transfer={transfer} onChange={onChange} />}</td>
    </tr>
  );
}

type ActsProps = Pick<RowProps, 'transfer' | 'onChange'> & { readonly name: string };

function RowActs({ name, transfer: { state, first }, onChange }: ActsProps) {
  const isPaused = state === 'paused';
  const pauseText = isPaused ? texts.uploads.resume(name) : texts.uploads.pause(name);
  return (
    <Group gap={4} wrap="nowrap">
      <ActionIcon
        variant="subtle"
        color="gray"
        aria-label={pauseText}
        title={pauseText}
        onClick={() => onChange({ paused: !isPaused })}
      >
        {isPaused ? <IconPlayerPlay size={16} /> : <IconPlayerPause size={16} />}
      </ActionIcon>
      {!first && (
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label={texts.transfers.first(name)}
          title={texts.transfers.first(name)}
          onClick={() => onChange({ first: true })}
        >
          <IconArrowBarToUp size={16} />
        </ActionIcon>
      )}
    </Group>
  );
}
