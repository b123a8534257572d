import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api, type Shape } from '../../api/client.ts';
import { ConfirmDialog } from '../../components/dialog.tsx';
import { texts } from '../../texts.ts';

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
  const words = texts.network.partings[act];
  return (
    <ConfirmDialog
      title={words.title(server.name)}
      button={{ label: words.act, isGrave: act !== 'unblock' }}
      error={doing.error}
      isPending={doing.isPending}
      {...(act === 'retire' && { reason: 'asked' as const })}
      onAct={doing.mutate}
      onClose={onClose}
    >
      <p>{words.what(server.name)}</p>
    </ConfirmDialog>
  );
}

async function send(iss: string, peerId: number | undefined, act: PartingAct, reason: string): Promise<void> {
  const params = { path: { iss } };
  if (act === 'unregister' && peerId !== undefined) await api.delete('/api/v1/peers/{id}', { params: { path: { id: peerId } } });
  if (act === 'block') await api.post('/api/v1/servers/{iss}/block', { params });
  if (act === 'unblock') await api.post('/api/v1/servers/{iss}/unblock', { params });
  if (act === 'retire') await api.post('/api/v1/servers/{iss}/retire', { params, body: { reason } });
}
