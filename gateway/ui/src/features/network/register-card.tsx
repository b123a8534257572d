import { Button, Group, PasswordInput, Textarea, TextInput } from '@mantine/core';
import { ApiProblem } from '@odst/api-client';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type SubmitEvent, useRef, useState } from 'react';
import { api } from '../../api/client.ts';
import { useWantedAct } from '../../app/wanted-act.ts';
import { Card } from '../../components/card.tsx';
import { ProblemAlert } from '../../components/problem-alert.tsx';
import { texts } from '../../texts.ts';
import styles from './network.module.css';
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
  const { error } = register;
  const [isStrange, setStrange] = useState(false);
  const paste = useRef<HTMLTextAreaElement>(null);
  useWantedAct('register', () => paste.current?.focus());
  const field = (name: keyof OtherServer) => ({
    label: texts.network[name],
    value: other[name],
    spellCheck: false,
    autoComplete: 'off',
    error: faultAt(name, error),
    'aria-invalid': faultAt(name, error) !== undefined,
    onChange: ({ currentTarget: { value } }: { readonly currentTarget: { readonly value: string } }) =>
      setOther((before) => ({ ...before, [name]: value.trim() })),
  });
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    register.mutate();
  };
  return (
    <Card title={texts.network.register} hint={texts.network.registerHint}>
      <form onSubmit={submit} className={styles['form']}>
        {error !== null && (
          <ProblemAlert error={error} isToldAtField={fields.some((name) => faultAt(name, error) !== undefined)} />
        )}
        {register.isSuccess && (
          <p role="status" className={styles['note']}>
            {texts.network.registered(register.data.name)}
          </p>
        )}
        {register.data?.warnings.map((warning) => (
          <p key={warning} role="note" className={styles['warning']}>
            {warning}
          </p>
        ))}
        <Textarea
          ref={paste}
          aria-label={texts.network.paste}
          placeholder={texts.network.paste}
          rows={1}
          value=""
          error={isStrange && texts.network.strange}
          onChange={({ currentTarget: { value } }) => {
            const read = readPasted(value);
            setStrange(Object.keys(read).length === 0);
            setOther((before) => ({ ...before, ...read }));
          }}
        />
        <TextInput {...field('url')} placeholder="https://ods.example.org" />
        <div className={styles['pair']}>
          <TextInput {...field('iss')} />
          <PasswordInput {...field('key')} />
        </div>
        <Group>
          <Button type="submit" loading={register.isPending} disabled={Object.values(other).includes('')}>
            {texts.network.registerAct}
          </Button>
        </Group>
      </form>
    </Card>
  );
}

const fields = ['url', 'iss', 'key'] as const;

/** What is wrong with a field: where the other server refused it, that it did, in its words. */
function faultAt(name: keyof OtherServer, error: unknown): string | undefined {
  if (!(error instanceof ApiProblem)) return undefined;
  const detail = error.errors.find(({ pointer }) => pointer === `/${name}`)?.detail;
  return detail === undefined || error.code !== 'REGISTRATION_PEER_REFUSED' ? detail : texts.network.refused[name](detail);
}
