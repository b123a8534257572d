import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api, type Shape } from '../../api/client.ts';
import { ConfirmDialog } from '../../components/dialog.tsx';
import { ProblemAlert } from '../../components/problem-alert.tsx';
import { texts } from '../../texts.ts';
import styles from './network.module.css';
import { blockingQuery } from './network-queries.ts';

/** Ways to end the trust in a server, or to begin it again. */
export type PartingAct = 'unregister' | 'block' | 'unblock' | 'retire';

type Props = {
  readonly server: Shape<'Server'>;
  readonly peer: Shape<'Peer'> | undefined;
  readonly act: PartingAct;
  readonly onClose: () => void;
};

/** Says what an act would do to the trust between two servers, and does it. */
export function PartingDialog({ server, peer, act, onClose }: Props) {
  const queries = useQueryClient();
  const doing = useMutation({
    mutationFn: (reason: string) => send(server.iss, peer?.id, act, reason),
    onSuccess: async () => {
      onClose();
      await queries.invalidateQueries();
    },
  });
  const rehearsal = useQuery({ ...blockingQuery(server.iss), enabled: act === 'block' });
  const words = texts.network.partings[act];
  return (
    <ConfirmDialog
      title={words.title(server.name)}
      button={{ label: words.act, isGrave: act !== 'unblock' }}
      error={doing.error}
      isPending={doing.isPending}
      isReady={act !== 'block' || rehearsal.isSuccess}
      {...(act === 'retire' && { reason: 'asked' as const })}
      onAct={doing.mutate}
      onClose={onClose}
    >
      <p>{words.what(server.name)}</p>
      {act === 'block' && (rehearsal.isError ? <ProblemAlert error={rehearsal.error} /> : <Effects blocking={rehearsal.data} />)}
    </ConfirmDialog>
  );
}

/** What the server says that blocking would do. */
function Effects({ blocking }: { readonly blocking: Shape<'Blocking'> | undefined }) {
  if (blocking === undefined) return <p>{texts.loading}</p>;
  const { effects } = texts.network;
  const told = [
    blocking.unregistered && effects.unregistered,
    blocking.keyChanged && effects.keyChanged,
    blocking.introduced > 0 && effects.introduced(blocking.introduced),
  ];
  return (
    <ul className={styles['effects']} aria-label={effects.title}>
      {told.map((words) => words !== false && <li key={words}>{words}</li>)}
    </ul>
  );
}

async function send(iss: string, peerId: number | undefined, act: PartingAct, reason: string): Promise<void> {
  const params = { path: { iss } };
  if (act === 'unregister' && peerId !== undefined) await api.delete('/api/v1/peers/{id}', { params: { path: { id: peerId } } });
  if (act === 'block') await api.post('/api/v1/servers/{iss}/block', { params });
  if (act === 'unblock') await api.post('/api/v1/servers/{iss}/unblock', { params });
  if (act === 'retire') await api.post('/api/v1/servers/{iss}/retire', { params, body: { reason } });
}
