import { Button, Checkbox, Group, Select, TextInput } from '@mantine/core';
import { ApiProblem } from '@odst/api-client';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type SubmitEvent, useState } from 'react';
import { api } from '../../api/client.ts';
import { Mono } from '../../components/card.tsx';
import { CopyText } from '../../components/copy-text.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { ProblemAlert } from '../../components/problem-alert.tsx';
import { texts } from '../../texts.ts';
import type { Stage } from '../packages/package-acts.ts';
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
  const ownStages = login?.stages ?? [];
  const [stages, setStages] = useState<readonly Stage[]>(ownStages);
  const [days, setDays] = useState<string>(lives[2]);
  const issue = useMutation({
    mutationFn: () => {
      const expiresAt = days === '' ? {} : { expiresAt: new Date(Date.now() + Number(days) * 86_400_000).toISOString() };
      return api.post('/api/v1/tokens', { body: { name, role, stages: [...stages], ...expiresAt } });
    },
    onSuccess: () => queries.invalidateQueries({ queryKey: ['tokens'] }),
  });
  const faults = issue.error instanceof ApiProblem ? issue.error.errors : [];
  const faultOf = (pointer: string) => faults.find((fault) => fault.pointer === pointer)?.detail;
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    issue.mutate();
  };
  const words = texts.tokens;
  return (
    <Dialog title={words.issue} onClose={onClose} isBusy={issue.isPending} closesOutside={!issue.isSuccess}>
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
            error={faultOf('/name')}
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
          {ownStages.length > 1 && (
            <Checkbox.Group
              label={texts.accounts.stages}
              value={[...stages]}
              error={faultOf('/stages')}
              onChange={(chosen) => setStages(ownStages.filter((stage) => chosen.includes(stage)))}
            >
              <Group mt="xs">
                {ownStages.map((stage) => (
                  <Checkbox key={stage} value={stage} label={stage} />
                ))}
              </Group>
            </Checkbox.Group>
          )}
          <Select
            label={words.expires}
            error={faultOf('/expiresAt')}
            data={lives.map((value) => ({ value, label: value === '' ? words.never : words.days(Number(value)) }))}
            value={days}
            allowDeselect={false}
            onChange={(chosen) => setDays(chosen ?? days)}
          />
          <Group justify="flex-end">
            <Button variant="default" disabled={issue.isPending} onClick={onClose}>
              {texts.cancel}
            </Button>
            <Button type="submit" loading={issue.isPending} disabled={stages.length === 0}>
              {words.issue}
            </Button>
          </Group>
        </form>
      )}
    </Dialog>
  );
}
