import { Button, PasswordInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type SubmitEvent, useState } from 'react';
import { api } from '../../api/client.ts';
import { ProblemAlert } from '../../components/problem-alert.tsx';
import { texts } from '../../texts.ts';
import styles from './session.module.css';

const leastCharacters = 10;

type Props = {
  readonly username: string;
  /** The password until now, where it was just given; else it is asked for. */
  readonly current?: string | undefined;
  readonly onDone: (password: string) => void;
};

/** Gives an account another password. */
export function PasswordForm({ username, current, onDone }: Props) {
  const [given, setGiven] = useState(current ?? '');
  const [next, setNext] = useState('');
  const [again, setAgain] = useState('');
  const [isSent, setSent] = useState(false);
  const change = useMutation({
    mutationFn: () => api.post('/api/v1/session/password', { body: { username, currentPassword: given, newPassword: next } }),
    onSuccess: () => onDone(next),
  });
  const faultOfNext = [...next].length < leastCharacters ? texts.password.tooShort : undefined;
  const faultOfAgain = again === next ? undefined : texts.password.differ;
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    setSent(true);
    if (faultOfNext === undefined && faultOfAgain === undefined) change.mutate();
  };
  const field = (value: string, set: (value: string) => void) => ({
    value,
    required: true,
    onChange: (event: { readonly currentTarget: { readonly value: string } }) => set(event.currentTarget.value),
  });
  return (
    <form className={styles['form']} onSubmit={submit} noValidate>
      {change.isError && <ProblemAlert error={change.error} />}
      {/* Password managers learn from it whose password it is. */}
      <input type="text" name="username" autoComplete="username" value={username} readOnly hidden />
      {current === undefined && (
        <PasswordInput label={texts.password.current} autoComplete="current-password" autoFocus {...field(given, setGiven)} />
      )}
      <PasswordInput
        label={texts.password.next}
        description={texts.password.rule}
        autoComplete="new-password"
        autoFocus={current !== undefined}
        error={isSent ? faultOfNext : undefined}
        {...field(next, setNext)}
      />
      <PasswordInput
        label={texts.password.again}
        autoComplete="new-password"
        error={isSent ? faultOfAgain : undefined}
        {...field(again, setAgain)}
      />
      <Button type="submit" loading={change.isPending}>
        {texts.password.act}
      </Button>
    </form>
  );
}
