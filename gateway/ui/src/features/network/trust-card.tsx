import { Button, Group, Select, Switch } from '@mantine/core';
import { IconPlayerPause, IconPlayerPlay, IconRefresh } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, type Shape } from '../../api/client.ts';
import { peersQuery } from '../../api/peers-query.ts';
import { Card } from '../../components/card.tsx';
import { PausePeerDialog } from '../../components/pause-peer-dialog.tsx';
import { ProblemAlert } from '../../components/problem-alert.tsx';
import { texts } from '../../texts.ts';
import styles from './network.module.css';

type Props = { readonly peer: Shape<'Peer'>; readonly mayChange: boolean };

/** What is taken from a registered server: up to which stage, over whom, and whether its packages are fetched now. */
export function TrustCard({ peer, mayChange }: Props) {
  const queries = useQueryClient();
  const params = { path: { id: peer.id } };
  const change = useMutation({
    mutationFn: (body: Shape<'PeerChange'>) => api.patch('/api/v1/peers/{id}', { params, body }),
    onSuccess: () => queries.invalidateQueries(),
  });
  return (
    <Card title={texts.network.trust} hint={texts.network.trustHint}>
      {change.isError && <ProblemAlert error={change.error} />}
      <Select
        label={texts.network.stageCap}
        description={texts.network.stageCapHint}
        data={['Dev', 'Test', 'Prod']}
        value={peer.stageCap}
        allowDeselect={false}
        disabled={!mayChange}
        onChange={(stageCap) => stageCap !== null && change.mutate({ stageCap: stageCap as 'Dev' | 'Test' | 'Prod' })}
      />
      <Switch
        label={texts.network.introduces}
        description={texts.network.introducesHint}
        checked={peer.introduces}
        disabled={!mayChange}
        onChange={({ currentTarget: { checked } }) => change.mutate({ introduces: checked })}
      />
      {peer.paused && <p className={styles['warning']}>{texts.network.pausedBy(peer.pausedBy, peer.pauseReason)}</p>}
      {mayChange && <Acts peer={peer} isPending={change.isPending} onResume={() => change.mutate({ paused: false })} />}
    </Card>
  );
}

/** How often it is asked whether a comparison has ended. */
const comparedMs = 2_000;

type ActsProps = { readonly peer: Shape<'Peer'>; readonly isPending: boolean; readonly onResume: () => void };

function Acts({ peer, isPending, onResume }: ActsProps) {
  const queries = useQueryClient();
  const [isPausing, setPausing] = useState(false);
  const compare = useMutation({
    mutationFn: () => api.post('/api/v1/peers/{id}/sync', { params: { path: { id: peer.id } } }),
    onSuccess: () => queries.invalidateQueries(),
  });
  // The answer may come before the comparison has ended: then the row of the peer tells what it came to.
  const isAwaited = compare.data?.comparison === null && peer.comparing;
  useQuery({ ...peersQuery, refetchInterval: isAwaited ? comparedMs : false });
  return (
    <>
      {compare.isError && <ProblemAlert error={compare.error} />}
      <Group gap="sm">
        <Button
          variant="default"
          leftSection={<IconRefresh size={16} />}
          loading={compare.isPending}
          onClick={() => compare.mutate()}
        >
          {texts.network.sync}
        </Button>
        {peer.paused ? (
          <Button variant="default" leftSection={<IconPlayerPlay size={16} />} loading={isPending} onClick={onResume}>
            {texts.network.resume}
          </Button>
        ) : (
          <Button variant="default" leftSection={<IconPlayerPause size={16} />} onClick={() => setPausing(true)}>
            {texts.network.pause}
          </Button>
        )}
      </Group>
      <div role="status">
        {compare.isSuccess && <Compared comparison={compare.data.comparison ?? (isAwaited ? null : peer.comparison)} />}
      </div>
      {isPausing && <PausePeerDialog peer={peer} onClose={() => setPausing(false)} />}
    </>
  );
}

/** What the comparison that was just asked for came to; it may go on. */
function Compared({ comparison }: { readonly comparison: Shape<'PeerComparison'> | null }) {
  if (comparison === null) return texts.network.comparing;
  const { outcome, packages, reason } = comparison;
  return `${texts.network.compared(packages)}: ${texts.network.outcomes[outcome]}${reason === '' ? '' : ` (${reason})`}`;
}
