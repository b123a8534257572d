import { Button, Group, Radio } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { api, type Shape } from '../../api/client.ts';
import { actorText, shortDigest, sizeText, timeText } from '../../components/format.ts';
import { ProblemAlert } from '../../components/problem-alert.tsx';
import { StatePill } from '../../components/tone.tsx';
import { texts } from '../../texts.ts';
import { EffectsTable } from '../packages/act-dialog.tsx';
import { refresh } from '../packages/package-acts.ts';
import { useRights } from '../session/session-queries.ts';
import styles from './activity.module.css';

/** Two decisions about one stage, and the choice between them. */
export function ConflictCard({ conflict }: { readonly conflict: Shape<'Conflict'> }) {
  const { canPromote, stages } = useRights();
  const queries = useQueryClient();
  const { id, stage, contenders } = conflict;
  const { filename, version, id: packageId } = conflict.package;
  const [kept, setKept] = useState(contenders[0]?.sha256 ?? '');
  const mayDecide = canPromote && stages.includes(stage);
  const params = { path: { id }, header: { 'if-match': `"${version}"` } };
  const body = { keep: kept === '' ? null : kept };
  const resolve = useMutation({
    mutationFn: () => api.post('/api/v1/conflicts/{id}/resolve', { params, body }),
    onSuccess: () => refresh(queries),
  });
  const rehearsal = useQuery({
    queryKey: ['rehearsal', id, version, kept],
    queryFn: () =>
      api.post('/api/v1/conflicts/{id}/resolve', { params: { ...params, query: { dryRun: 'true' } }, body }) as Promise<
        Shape<'ActEffects'>
      >,
    enabled: mayDecide && !resolve.isPending,
    gcTime: 0,
  });
  return (
    <article className={styles['card']}>
      <div className={styles['cardHead']}>
        <StatePill tone="red">{texts.activity.conflict(stage)}</StatePill>
        <Link to="/packages/$id" params={{ id: String(packageId) }}>
          {filename}
        </Link>
      </div>
      {resolve.isError && <ProblemAlert error={resolve.error} />}
      <Radio.Group label={texts.activity.keep} value={kept} onChange={setKept}>
        <div className={styles['choices']}>
          {contenders.map((contender) => (
            <Radio
              key={contender.sha256 ?? ''}
              value={contender.sha256 ?? ''}
              disabled={!mayDecide}
              label={
                contender.sha256 === null
                  ? texts.activity.keepNothing
                  : `${sizeText(contender.sizeBytes ?? 0)}, ${shortDigest(contender.sha256)}`
              }
              description={`${actorText(contender.actor)}, ${contender.serverName ?? contender.server}, ${timeText(new Date(contender.changedAt))}`}
            />
          ))}
        </div>
      </Radio.Group>
      {rehearsal.isError && <ProblemAlert error={rehearsal.error} />}
      {rehearsal.data !== undefined && <EffectsTable effects={rehearsal.data} />}
      {rehearsal.data !== undefined && (rehearsal.data.trashDays > 0 || rehearsal.data.toTrash.length === 0) && (
        <p className={styles['sub']}>{texts.activity.trashed(rehearsal.data.toTrash.length)}</p>
      )}
      {mayDecide && (
        <Group>
          <Button loading={resolve.isPending} disabled={!rehearsal.isSuccess} onClick={() => resolve.mutate()}>
            {texts.activity.resolve}
          </Button>
        </Group>
      )}
    </article>
  );
}
