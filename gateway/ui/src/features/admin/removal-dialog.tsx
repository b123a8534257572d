import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api } from '../../api/client.ts';
import { ConfirmDialog } from '../../components/dialog.tsx';

type Removed =
  | { readonly path: '/api/v1/accounts/{username}'; readonly params: { readonly username: string }; readonly version: number }
  | { readonly path: '/api/v1/tokens/{id}' | '/api/v1/sessions/{id}'; readonly params: { readonly id: string } };

type Props = Removed & {
  readonly title: string;
  /** What it means for who uses it. */
  readonly what: string;
  /** The word of the act. */
  readonly act: string;
  readonly onClose: () => void;
};

/** Asks before an account, a token or a session is ended. */
export function RemovalDialog({ title, what, act, onClose, ...removed }: Props) {
  const queries = useQueryClient();
  const remove = useMutation({
    mutationFn: () => send(removed),
    onSuccess: async () => {
      onClose();
      await queries.invalidateQueries();
    },
    // Who removed it meanwhile is seen behind the dialog.
    onError: () => queries.invalidateQueries({ queryKey: ['accounts'] }),
  });
  return (
    <ConfirmDialog
      title={title}
      button={{ label: act, isGrave: true }}
      error={remove.error}
      isPending={remove.isPending}
      onAct={() => remove.mutate()}
      onClose={onClose}
    >
      <p>{what}</p>
    </ConfirmDialog>
  );
}

async function send(removed: Removed): Promise<void> {
  if (removed.path === '/api/v1/accounts/{username}') {
    const params = { path: removed.params, header: { 'if-match': `"${removed.version}"` } };
    await api.delete(removed.path, { params });
  } else await api.delete(removed.path, { params: { path: removed.params } });
}
