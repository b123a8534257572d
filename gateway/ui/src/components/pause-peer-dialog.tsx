import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api, type Shape } from '../api/client.ts';
import { texts } from '../texts.ts';
import { ConfirmDialog } from './dialog.tsx';

type Props = { readonly peer: Pick<Shape<'Peer'>, 'id' | 'name'>; readonly onClose: () => void };

/** Stops fetching from a server for now: says what goes on all the same, and asks why. */
export function PausePeerDialog({ peer: { id, name }, onClose }: Props) {
  const queries = useQueryClient();
  const pausing = useMutation({
    mutationFn: (reason: string) =>
      api.patch('/api/v1/peers/{id}', {
        params: { path: { id } },
        body: { paused: true, ...(reason !== '' && { reason: reason.slice(0, 200) }) },
      }),
    onSuccess: async () => {
      onClose();
      await queries.invalidateQueries();
    },
  });
  return (
    <ConfirmDialog
      title={texts.network.pauseTitle(name)}
      button={{ label: texts.network.pause, isGrave: false }}
      error={pausing.error}
      isPending={pausing.isPending}
      reason={{ hint: texts.network.pauseReasonHint }}
      onAct={pausing.mutate}
      onClose={onClose}
    >
      <p>{texts.network.pauseWhat(name)}</p>
    </ConfirmDialog>
  );
}
