import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { Chips } from '../../components/chips.tsx';
import { PageHead } from '../../components/page-head.tsx';
import { ProblemAlert } from '../../components/problem-alert.tsx';
import { texts } from '../../texts.ts';
import { useRights } from '../session/session-queries.ts';
import styles from './activity.module.css';
import { ActivityList } from './activity-list.tsx';
import { conflictsQuery, deadLettersQuery } from './activity-queries.ts';
import { activityKinds } from './activity-search.ts';
import { ConflictCard } from './conflict-card.tsx';
import { DeadLetterCard } from './dead-letter-card.tsx';

/** What happened, and above it what needs a person. */
export function ActivityPage() {
  const search = useSearch({ from: '/activity' });
  const navigate = useNavigate({ from: '/activity' });
  const { isAdmin } = useRights();
  const conflicts = useQuery(conflictsQuery);
  const letters = useQuery({ ...deadLettersQuery, enabled: isAdmin });
  const failed = [conflicts, letters].find(({ isError }) => isError);
  const needsNobody = conflicts.data?.length === 0 && (letters.data?.length ?? 0) === 0;
  return (
    <>
      <PageHead title={texts.activity.title} />
      {failed !== undefined && <ProblemAlert error={failed.error} />}
      <section className={styles['pinned']} aria-label={texts.activity.pinned}>
        {conflicts.data?.map((conflict) => (
          <ConflictCard key={conflict.id} conflict={conflict} />
        ))}
        {letters.data?.map((letter) => (
          <DeadLetterCard key={letter.id} letter={letter} />
        ))}
        {needsNobody && <p className={styles['calm']}>{texts.activity.calm}</p>}
      </section>
      <div className={styles['filters']}>
        <Chips
          label={texts.activity.kindLabel}
          options={[undefined, ...activityKinds].map((value) => ({ value, label: texts.activity.kinds[value ?? 'all'] }))}
          value={search.kind}
          onChange={(kind) => void navigate({ search: kind === undefined ? {} : { kind } })}
        />
      </div>
      <ActivityList search={search} />
    </>
  );
}
