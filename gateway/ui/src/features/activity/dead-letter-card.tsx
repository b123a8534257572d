import { Button, Group, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, type Shape } from '../../api/client.ts';
import { ProblemAlert } from '../../components/problem-alert.tsx';
import { StatePill } from '../../components/tone.tsx';
import { texts } from '../../texts.ts';
import styles from './activity.module.css';

/** A message that could not be handled: it is tried again, or done without. */
export function DeadLetterCard({ letter }: { readonly letter: Shape<'DeadLetter'> }) {
  const queries = useQueryClient();
  const [reason, setReason] = useState('');
  const params = { path: { id: letter.id } };
  const done = { onSuccess: () => queries.invalidateQueries() };
  const retry = useMutation({ mutationFn: () => api.post('/api/v1/dead-letters/{id}/retry', { params }), ...done });
  const skip = useMutation({
    mutationFn: () => api.post('/api/v1/dead-letters/{id}/skip', { params, body: { reason: reason.trim() } }),
    ...done,
  });
  const failed = [retry, skip].find(({ isError }) => isError);
  return (
    <article className={styles['card']}>
      <div className={styles['cardHead']}>
        <StatePill tone="red">{texts.activity.letter}</StatePill>
        <strong>{letter.eventType}</strong>
        <span className={styles['sub']}>{texts.activity.letterAt(letter.service, letter.attempts, letter.waiting)}</span>
      </div>
      {failed !== undefined && <ProblemAlert error={failed.error} />}
      <p className={styles['sub']}>{letter.failure ?? texts.activity.untried}</p>
      <Group align="flex-end">
        <Button loading={retry.isPending} onClick={() => retry.mutate()}>
          {texts.retry}
        </Button>
        <TextInput
          label={texts.activity.skipReason}
          value={reason}
          maxLength={1_000}
          onChange={({ currentTarget: { value } }) => setReason(value)}
        />
        <Button variant="default" disabled={reason.trim() === ''} loading={skip.isPending} onClick={() => skip.mutate()}>
          {texts.activity.skip}
        </Button>
      </Group>
    </article>
  );
}
