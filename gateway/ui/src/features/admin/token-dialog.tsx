import { Button, Group, Modal, Select, TextInput } from '@mantine/core';
import { ApiProblem } from '@odst/api-client';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type SubmitEvent, useState } from 'react';
import { api } from '../../api/client.ts';
import { Mono } from '../../components/card.tsx';
import { CopyText } from '../../components/copy-text.tsx';
import { ProblemAlert } from '../../components/problem-alert.tsx';
import { texts } from '../../texts.ts';
import { sessionQuery } from '../session/session-queries.ts';
import styles from './admin-layout.module.css';

const roles = ['viewer', 'uploader', 'promoter', 'admin'] as const;

/** Longest lives that are offered, in days; the last one never ends. */
const lives = ['30', '90', '365', ''] as const;

/** Issues a token, and shows it this one time. */
export function TokenDialog({ onClose }: { readonly onClose: () => void }) {
  const queries = useQueryClient();
  const { data: login } = useQuery(sessionQuery);
  const own = roles.indexOf(login?.role ?? 'viewer');
  const [name, setName] = useState('');
  const [role, setRole] = useState<(typeof roles)[number]>(own >= 1 ? 'uploader' : 'viewer');
  const [days, setDays] = useState<string>(lives[2]);
  const issue = useMutation({
    mutationFn: () => {
      const expiresAt = days === '' ? {} : { expiresAt: new Date(Date.now() + Number(days) * 86_400_000).toISOString() };
      return api.post('/api/v1/tokens', { body: { name, role, ...expiresAt } });
    },
    onSuccess: () => queries.invalidateQueries({ queryKey: ['tokens'] }),
  });
  const faults = issue.error instanceof ApiProblem ? issue.error.errors : [];
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    issue.mutate();
  };
  const words = texts.tokens;
  return (
    <Modal opened onClose={onClose} title={words.issue} closeButtonProps={{ 'aria-label': texts.close }}>
      {issue.data !== undefined ? (
        <div className={styles['form']}>
          <p>{words.once}</p>
          <Group wrap="nowrap">
            <Mono>{issue.data.token}</Mono>
            <CopyText value={issue.data.token} what={words.token} />
          </Group>
          <Group justify="flex-end">
            <Button onClick={onClose}>{texts.close}</Button>
          </Group>
        </div>
      ) : (
        <form className={styles['form']} onSubmit={submit}>
          {issue.isError && <ProblemAlert error={issue.error} />}
          <TextInput
            label={words.name}
            description={words.nameHint}
            value={name}
            error={faults.find(({ pointer }) => pointer === '/name')?.detail}
            required
            data-autofocus
            onChange={({ currentTarget: { value } }) => setName(value)}
          />
          <Select
            label={texts.accounts.role}
            data={roles.slice(0, own + 1).map((value) => ({ value, label: texts.roleHints[value] }))}
            value={role}
            allowDeselect={false}
            onChange={(chosen) => setRole(roles.find((one) => one === chosen) ?? role)}
          />
          <Select
            label={words.expires}
            data={lives.map((value) => ({ value, label: value === '' ? words.never : words.days(Number(value)) }))}
            value={days}
            allowDeselect={false}
            onChange={(chosen) => setDays(chosen ?? days)}
          />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {texts.cancel}
            </Button>
            <Button type="submit" loading={issue.isPending}>
              {words.issue}
            </Button>
          </Group>
        </form>
      )}
    </Modal>
  );
}
