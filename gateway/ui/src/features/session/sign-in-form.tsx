import { Button, PasswordInput, TextInput } from '@mantine/core';
import { ApiProblem } from '@odst/api-client';
import { useMutation } from '@tanstack/react-query';
import { type SubmitEvent, useState } from 'react';
import { api, type Shape } from '../../api/client.ts';
import { ProblemAlert } from '../../components/problem-alert.tsx';
import { texts } from '../../texts.ts';
import { PasswordForm } from './password-form.tsx';
import styles from './session.module.css';

/** Signs somebody in. @param account Whose session has ended, to go on with */
export function SignInForm({ account, onDone }: { account?: string | undefined; onDone: (login: Shape<'Login'>) => void }) {
  const [username, setUsername] = useState(account ?? 'admin');
  const [password, setPassword] = useState('');
  const signIn = useMutation({
    mutationFn: () => api.post('/api/v1/session', { body: { username, password } }),
    onSuccess: onDone,
  });
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    signIn.mutate();
  };
  const isDefaultFromAfar = signIn.error instanceof ApiProblem && signIn.error.code === 'REGISTRATION_PASSWORD_DEFAULT';
  if (isDefaultFromAfar)
    return (
      <>
        <p className={styles['hint']}>{texts.signIn.defaultFromAfar}</p>
        <PasswordForm username={username} current={password} onDone={(next) => void finish(username, next, onDone)} />
      </>
    );
  return (
    <form className={styles['form']} onSubmit={submit}>
      {signIn.isError && <ProblemAlert error={signIn.error} />}
      <TextInput
        label={texts.signIn.username}
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        value={username}
        required
        onChange={(event) => setUsername(event.currentTarget.value)}
      />
      <PasswordInput
        label={texts.signIn.password}
        autoComplete="current-password"
        value={password}
        required
        data-autofocus
        autoFocus
        onChange={(event) => setPassword(event.currentTarget.value)}
      />
      <Button type="submit" loading={signIn.isPending}>
        {texts.signIn.act}
      </Button>
    </form>
  );
}

/** Signs in with the password that was just set. */
async function finish(username: string, password: string, onDone: (login: Shape<'Login'>) => void): Promise<void> {
  onDone(await api.post('/api/v1/session', { body: { username, password } }));
}
