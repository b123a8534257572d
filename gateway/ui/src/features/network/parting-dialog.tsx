import { Button, Group, Modal, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, type Shape } from '../../api/client.ts';
import { ProblemAlert } from '../../components/problem-alert.tsx';
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
  const [reason, setReason] = useState('');
  const doing = useMutation({
    mutationFn: () => send(server.iss, peer?.id, act, reason.trim()),
    onSuccess: async () => {
      onClose();
      await queries.invalidateQueries();
    },
  });
  const words = texts.network.partings[act];
  return (
    <Modal opened onClose={onClose} title={words.title(server.name)} closeButtonProps={{ 'aria-label': texts.close }}>
      {doing.isError && <ProblemAlert error={doing.error} />}
      <p>{words.what(server.name)}</p>
      {act === 'retire' && (
        <TextInput
          label={texts.acts.reason}
          mb="md"
          maxLength={1_000}
          value={reason}
          onChange={({ currentTarget: { value } }) => setReason(value)}
        />
      )}
      <Group justify="flex-end">
        <Button variant="default" data-autofocus onClick={onClose}>
          {texts.cancel}
        </Button>
        <Button color={act === 'unblock' ? 'accent' : 'red'} loading={doing.isPending} onClick={() => doing.mutate()}>
          {words.act}
        </Button>
      </Group>
    </Modal>
  );
}

async function send(iss: string, peerId: number | undefined, act: PartingAct, reason: string): Promise<void> {
  const params = { path: { iss } };
  if (act === 'unregister' && peerId !== undefined) await api.delete('/api/v1/peers/{id}', { params: { path: { id: peerId } } });
  if (act === 'block') await api.post('/api/v1/servers/{iss}/block', { params });
  if (act === 'unblock') await api.post('/api/v1/servers/{iss}/unblock', { params });
  if (act === 'retire') await api.post('/api/v1/servers/{iss}/retire', { params, body: { reason } });
}
