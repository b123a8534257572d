import { Button, Group, PasswordInput, Textarea, TextInput } from '@mantine/core';
import { ApiProblem } from '@odst/api-client';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type SubmitEvent, useState } from 'react';
import { api } from '../../api/client.ts';
import { Card } from '../../components/card.tsx';
import { ProblemAlert } from '../../components/problem-alert.tsx';
import { texts } from '../../texts.ts';
import { type OtherServer, readPasted } from './pasted-identity.ts';

const nothing: OtherServer = { url: '', iss: '', key: '' };

/** Registers this server with another one: what the other server copied is pasted as a whole, or its three parts are typed. */
export function RegisterCard() {
  const queries = useQueryClient();
  const [other, setOther] = useState(nothing);
  const register = useMutation({
    mutationFn: () => api.post('/api/v1/peers', { body: other }),
    onSuccess: async () => {
      setOther(nothing);
      await queries.invalidateQueries();
    },
  });
  const faults = register.error instanceof ApiProblem ? register.error.errors : [];
  const field = (name: keyof OtherServer) => ({
    label: texts.network[name],
    value: other[name],
    spellCheck: false,
    autoComplete: 'off',
    error: faults.find(({ pointer }) => pointer === `/${name}`)?.detail,
    onChange: ({ currentTarget: { value } }: { readonly currentTarget: { readonly value: string } }) =>
      setOther((before) => ({ ...before, [name]: value.trim() })),
  });
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    register.mutate();
  };
  return (
    <Card title={texts.network.register} hint={texts.network.registerHint}>
      <form onSubmit={submit} style={{ display: 'grid', gap: 10 }}>
        {register.isError && <ProblemAlert error={register.error} />}
        {register.data?.warnings.map((warning) => (
          <p key={warning} role="note">
            {warning}
          </p>
        ))}
        <Textarea
          aria-label={texts.network.paste}
          placeholder={texts.network.paste}
          rows={1}
          value=""
          onChange={({ currentTarget: { value } }) => setOther((before) => ({ ...before, ...readPasted(value) }))}
        />
        <TextInput {...field('url')} placeholder="https://ods.example.org" />
        <TextInput {...field('iss')} />
        <PasswordInput {...field('key')} />
        <Group>
          <Button type="submit" loading={register.isPending} disabled={Object.values(other).includes('')}>
            {texts.network.registerAct}
          </Button>
        </Group>
      </form>
    </Card>
  );
}
