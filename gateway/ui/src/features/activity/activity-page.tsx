import { useQuery } from '@tanstack/react-query';
import { useSearch } from '@tanstack/react-router';
import { peersQuery } from '../../api/peers-query.ts';
import { PageHead } from '../../components/page-head.tsx';
import { NotTold } from '../../components/problem-alert.tsx';
import { texts } from '../../texts.ts';
import { useRights } from '../session/session-queries.ts';
import styles from './activity.module.css';
import { ActivityFilters } from './activity-filters.tsx';
import { ActivityList } from './activity-list.tsx';
import { conflictsQuery, deadLettersQuery } from './activity-queries.ts';
import { ConflictCard } from './conflict-card.tsx';
import { DeadLetterCard } from './dead-letter-card.tsx';
import { HeldBackCard } from './held-back-card.tsx';

/** What happened, and above it what needs a person. */
export function ActivityPage() {
  const search = useSearch({ from: '/activity' });
  const { isAdmin } = useRights();
  const conflicts = useQuery(conflictsQuery);
  const letters = useQuery({ ...deadLettersQuery, enabled: isAdmin });
  const peers = useQuery(peersQuery);
  const stuck = peers.data?.filter(({ heldBackReasons }) => heldBackReasons.some(({ isFinal }) => isFinal)) ?? [];
  // What was not told is not calm.
  const isTold = conflicts.isSuccess && peers.isSuccess && (letters.isSuccess || !isAdmin);
  const needsNobody = isTold && conflicts.data.items.length + (letters.data?.items.length ?? 0) + stuck.length === 0;
  return (
    <>
      <PageHead title={texts.activity.title} />
      <NotTold queries={[conflicts, letters, peers]} />
      <section className={styles['pinned']} aria-label={texts.activity.pinned}>
        {conflicts.data?.items.map((conflict) => (
          <ConflictCard key={conflict.id} conflict={conflict} />
        ))}
        {letters.data?.items.map((letter) => (
          <DeadLetterCard key={letter.id} letter={letter} />
        ))}
        {stuck.map((peer) => (
          <HeldBackCard key={peer.iss} peer={peer} />
        ))}
        {[conflicts, letters].some(({ data }) => data?.next != null) && <p className={styles['calm']}>{texts.activity.cut}</p>}
        {needsNobody && <p className={styles['calm']}>{texts.activity.calm}</p>}
      </section>
      <ActivityFilters search={search} />
      <ActivityList search={search} />
    </>
  );
}
