import { Button } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { type Shape, signedOut } from '../../api/client.ts';
import { late } from '../../components/late.tsx';
import { ProblemAlert } from '../../components/problem-alert.tsx';
import { live } from '../../live/live.ts';
import { texts } from '../../texts.ts';
import { uploads } from '../uploads/uploads.ts';
import styles from './session.module.css';
import { defaultPasswordQuery, sessionQuery } from './session-queries.ts';

// Who has a session needs none of them.
const SignInForm = late(async () => (await import('./sign-in-form.tsx')).SignInForm);
const PasswordForm = late(async () => (await import('./password-form.tsx')).PasswordForm);
const SessionEndedDialog = late(async () => (await import('./session-ended-dialog.tsx')).SessionEndedDialog);

/**
 * Shows the pages to who is signed in. A session that ends in the middle of work is begun again in front of the page, which stays as it
 * is, here or in another tab; an account with the documented password gets another one first.
 */
export function SessionGate({ children }: { readonly children: ReactNode }) {
  const queries = useQueryClient();
  const session = useQuery(sessionQuery);
  const [hasEnded, setEnded] = useState(false);
  useEffect(() => signedOut.listen(() => setEnded(true)), []);
  const account = useRef<string>(undefined);
  const { data: login, dataUpdatedAt } = session;
  // biome-ignore lint/correctness/useExhaustiveDependencies: each answer counts, also one that is as the one before
  useEffect(() => {
    if (login == null) return;
    // What another account saw is not for this one, and its files do not go on in this one's name.
    if (account.current !== undefined && account.current !== login.username) return location.reload();
    account.current = login.username;
    setEnded(false);
    uploads.signedIn();
  }, [login, dataUpdatedAt]);
  const signedIn = (next: Shape<'Login'>) => {
    if (login != null && login.username !== next.username) return location.reload();
    queries.setQueryData(sessionQuery.queryKey, next);
    live.again();
    return void queries.invalidateQueries();
  };
  // Where it fails later, the page stays: what it knows is shown as old.
  if (session.data === undefined)
    return session.isError ? (
      <SessionCard title={texts.product}>
        <ProblemAlert
          error={session.error}
          action={
            <Button size="compact-sm" variant="default" onClick={() => void session.refetch()}>
              {texts.retry}
            </Button>
          }
        />
      </SessionCard>
    ) : null;
  if (session.data === null)
    return (
      <SessionCard title={texts.signIn.title}>
        <SignInForm onDone={signedIn} />
      </SessionCard>
    );
  return (
    <>
      <DefaultPasswordGate login={session.data}>{children}</DefaultPasswordGate>
      {hasEnded && <SessionEndedDialog account={session.data.username} onDone={signedIn} />}
    </>
  );
}

function DefaultPasswordGate({ login, children }: { readonly login: Shape<'Login'>; readonly children: ReactNode }) {
  const queries = useQueryClient();
  const query = defaultPasswordQuery(login.username);
  const { data: isDefault } = useQuery({ ...query, enabled: login.role === 'admin' && login.stages.length === 3 });
  if (isDefault !== true) return children;
  return (
    <SessionCard title={texts.password.title}>
      <p className={styles['hint']}>{texts.password.why}</p>
      <PasswordForm username={login.username} onDone={() => void queries.invalidateQueries()} />
    </SessionCard>
  );
}

function SessionCard({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  useEffect(() => {
    document.title = `${title} · ${texts.product}`;
  }, [title]);
  return (
    <main className={styles['page']}>
      <div className={styles['card']}>
        <div className={styles['brand']}>
          <img src={iconUrl} alt="" width={24} height={24} />
          {texts.product}
        </div>
        <h1>{title}</h1>
        {children}
      </div>
    </main>
  );
}

const iconUrl = new URL('../../app/icon.svg', import.meta.url).href;
