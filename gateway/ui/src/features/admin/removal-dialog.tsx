import { Button, Group, Modal } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api } from '../../api/client.ts';
import { ProblemAlert } from '../../components/problem-alert.tsx';
import { texts } from '../../texts.ts';

type Removed =
  | { readonly path: '/api/v1/accounts/{username}'; readonly params: { readonly username: string } }
  | { readonly path: '/api/v1/tokens/{id}' | '/api/v1/sessions/{id}'; readonly params: { readonly id: string } };

type Props = Removed & {
  readonly title: string;
  /** What it means for who uses it. */
  readonly what: string;
  readonly onClose: () => void;
};

/** Asks before an account, a token or a session is ended. */
export function RemovalDialog({ title, what, onClose, ...removed }: Props) {
  const queries = useQueryClient();
  const remove = useMutation({
    mutationFn: () => send(removed),
    onSuccess: async () => {
      onClose();
      await queries.invalidateQueries();
    },
  });
  return (
    <Modal opened onClose={onClose} title={title} closeButtonProps={{ 'aria-label': texts.close }}>
      {remove.isError && <ProblemAlert error={remove.error} />}
      <p>{what}</p>
      <Group justify="flex-end">
        <Button variant="default" data-autofocus onClick={onClose}>
          {texts.cancel}
        </Button>
        <Button color="red" loading={remove.isPending} onClick={() => remove.mutate()}>
          {texts.remove}
        </Button>
      </Group>
    </Modal>
  );
}

async function send(removed: Removed): Promise<void> {
  if (removed.path === '/api/v1/accounts/{username}') await api.delete(removed.path, { params: { path: removed.params } });
  else await api.delete(removed.path, { params: { path: removed.params } });
}
