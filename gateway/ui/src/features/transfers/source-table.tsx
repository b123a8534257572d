import { Button } from '@mantine/core';
import { IconPlayerPause, IconPlayerPlay } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { api, type Shape } from '../../api/client.ts';
import { DataTable } from '../../components/data-table.tsx';
import { rateText, sizeText } from '../../components/format.ts';
import { PausePeerDialog } from '../../components/pause-peer-dialog.tsx';
import { ProblemAlert } from '../../components/problem-alert.tsx';
import { StatePill } from '../../components/tone.tsx';
import { texts } from '../../texts.ts';
import { useRights } from '../session/session-queries.ts';
import styles from './transfers.module.css';

type Peer = Shape<'Peer'>;

/** The servers from which something comes or is paused: how fast, how much is left, and the act that stops it for now. */
export function SourceTable({ peers }: { readonly peers: readonly Peer[] }) {
  const { isAdmin } = useRights();
  const queries = useQueryClient();
  const [pausing, setPausing] = useState<Peer>();
  const resume = useMutation({
    mutationFn: (id: number) => api.patch('/api/v1/peers/{id}', { params: { path: { id } }, body: { paused: false } }),
    onSuccess: () => queries.invalidateQueries(),
  });
  const shown = peers.filter(({ queuedTransfers, paused }) => queuedTransfers > 0 || paused);
  if (shown.length === 0) return null;
  return (
    <div className={styles['sources']}>
      {resume.isError && <ProblemAlert error={resume.error} />}
      <DataTable label={texts.transfers.sources} columns={texts.transfers.sourceColumns}>
        {shown.map((peer) => (
          <tr key={peer.iss}>
            <th scope="row">
              <Link to="/network/$iss" params={{ iss: peer.iss }}>
                {peer.name}
              </Link>
            </th>
            <td>
              <SourceState peer={peer} />
            </td>
            <td>{peer.queuedTransfers}</td>
            <td>{sizeText(peer.backlogBytes)}</td>
            <td>{peer.rateBytesPerSecond > 0 ? rateText(peer.rateBytesPerSecond) : texts.none}</td>
            <td>
              {isAdmin && (
                <Button
                  size="compact-sm"
                  variant="default"
                  leftSection={peer.paused ? <IconPlayerPlay size={14} /> : <IconPlayerPause size={14} />}
                  onClick={() => (peer.paused ? resume.mutate(peer.id) : setPausing(peer))}
                >
                  {peer.paused ? texts.uploads.resume(peer.name) : texts.uploads.pause(peer.name)}
                </Button>
              )}
            </td>
          </tr>
        ))}
      </DataTable>
      {pausing !== undefined && <PausePeerDialog peer={pausing} onClose={() => setPausing(undefined)} />}
    </div>
  );
}

function SourceState({ peer: { paused, pausedBy, pauseReason, state } }: { readonly peer: Peer }) {
  if (paused) {
    const words = texts.network.pausedBy(pausedBy, pauseReason);
    return (
      <StatePill tone="amber" title={words}>
        {texts.transfers.states.paused}
      </StatePill>
    );
  }
  if (state === 'offline') return <StatePill tone="amber">{texts.transfers.states.retrying}</StatePill>;
  if (state === 'unknown') return <StatePill tone="grey">{texts.network.states.unknown}</StatePill>;
  return <StatePill tone="blue">{texts.transfers.states.running}</StatePill>;
}
