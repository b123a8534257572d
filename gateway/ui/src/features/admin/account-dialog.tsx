import { Button, Checkbox, Group, PasswordInput, Select, TextInput } from '@mantine/core';
import { ApiProblem } from '@odst/api-client';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type SubmitEvent, useState } from 'react';
import { api, isStatus, type Shape } from '../../api/client.ts';
import { Dialog } from '../../components/dialog.tsx';
import { ProblemAlert } from '../../components/problem-alert.tsx';
import { texts } from '../../texts.ts';
import { stages as allStages, type Stage } from '../packages/package-acts.ts';
import styles from './admin-layout.module.css';

type Role = Shape<'Account'>['role'];

const roles: readonly Role[] = ['viewer', 'uploader', 'promoter', 'admin'];

type Props = {
  /** The one that is changed; left out for a new one. */
  readonly account?: Shape<'Account'>;
  /** Begins anew with what the account is now, where somebody else changed it meanwhile. */
  readonly onAnew?: () => void;
  readonly onClose: () => void;
};

/** Makes an account, or changes one. */
export function AccountDialog({ account, onAnew, onClose }: Props) {
  const queries = useQueryClient();
  const [username, setUsername] = useState(account?.username ?? '');
  const [password, setPassword] = useState('');
  const [role, setRole] = useState<Role>(account?.role ?? 'viewer');
  const [stages, setStages] = useState<readonly Stage[]>(account?.stages ?? allStages);
  const isNew = account === undefined;
  const save = useMutation({
    mutationFn: async () => {
      const rights = { role, stages: [...stages] };
      if (isNew) return api.post('/api/v1/accounts', { body: { username, password, ...rights } });
      const body = { ...rights, ...(password !== '' && { password }) };
      const params = { path: { username }, header: { 'if-match': `"${account.version}"` } };
      return api.patch('/api/v1/accounts/{username}', { params, body });
    },
    onSuccess: async () => {
      onClose();
      await queries.invalidateQueries({ queryKey: ['accounts'] });
    },
  });
  const faults = save.error instanceof ApiProblem ? save.error.errors : [];
  const faultOf = (pointer: string) => faults.find((fault) => fault.pointer === pointer)?.detail;
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    save.mutate();
  };
  const words = texts.accounts;
  return (
    <Dialog title={isNew ? words.make : words.changeTitle(username)} onClose={onClose} isBusy={save.isPending}>
      <form className={styles['form']} onSubmit={submit}>
        {save.isError && <ProblemAlert error={save.error} action={isStatus(save.error, 412) && <ShowAnew onClick={onAnew} />} />}
        {isNew && (
          <TextInput
            label={texts.signIn.username}
            autoComplete="off"
            value={username}
            error={faultOf('/username')}
            required
            data-autofocus
            onChange={({ currentTarget: { value } }) => setUsername(value)}
          />
        )}
        <PasswordInput
          label={isNew ? texts.signIn.password : words.newPassword}
          description={isNew ? texts.password.rule : words.newPasswordHint}
          autoComplete="new-password"
          value={password}
          error={faultOf('/password')}
          required={isNew}
          onChange={({ currentTarget: { value } }) => setPassword(value)}
        />
        <Select
          label={words.role}
          data={roles.map((value) => ({ value, label: texts.roleHints[value] }))}
          value={role}
          allowDeselect={false}
          onChange={(chosen) => setRole(roles.find((one) => one === chosen) ?? role)}
        />
        <Checkbox.Group
          label={words.stages}
          description={words.stagesHint}
          value={[...stages]}
          onChange={(chosen) => setStages(allStages.filter((stage) => chosen.includes(stage)))}
        >
          <Group mt="xs">
            {allStages.map((stage) => (
              <Checkbox key={stage} value={stage} label={stage} />
            ))}
          </Group>
        </Checkbox.Group>
        <Group justify="flex-end">
          <Button variant="default" disabled={save.isPending} onClick={onClose}>
            {texts.cancel}
          </Button>
          <Button type="submit" loading={save.isPending} disabled={stages.length === 0}>
            {isNew ? words.make : texts.admin.save}
          </Button>
        </Group>
      </form>
    </Dialog>
  );
}

/** Leaves what was typed for what somebody else saved meanwhile. */
export function ShowAnew({ onClick }: { readonly onClick: (() => void) | undefined }) {
  return (
    <Button size="compact-sm" variant="default" onClick={onClick}>
      {texts.admin.showAnew}
    </Button>
  );
}
