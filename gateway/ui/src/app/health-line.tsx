import { IconAlertTriangleFilled, IconCircleCheckFilled, IconClockHour4, IconQuestionMark } from '@tabler/icons-react';
import { queryOptions, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useSyncExternalStore } from 'react';
import { api } from '../api/client.ts';
import { peersQuery } from '../api/peers-query.ts';
import { sitesQuery } from '../api/sites-query.ts';
import { Time } from '../components/time.tsx';
import { liveState } from '../live/live.ts';
import { texts } from '../texts.ts';
import { type Health, healthOf } from './health.ts';
import styles from './health-line.module.css';

const icons = {
  green: IconCircleCheckFilled,
  amber: IconClockHour4,
  red: IconAlertTriangleFilled,
  grey: IconQuestionMark,
  blue: IconClockHour4,
} as const;

const conflictsQuery = queryOptions({
  queryKey: ['conflicts', 'count'],
  queryFn: async ({ signal }) =>
    (await api.get('/api/v1/conflicts', { params: { query: { limit: 1000 } }, signal })).items.length,
});

/** One sentence on top of every page: is every site right? */
export function HealthLine() {
  const sites = useQuery(sitesQuery);
  const peers = useQuery(peersQuery);
  const conflicts = useQuery(conflictsQuery);
  const isError = sites.isError || peers.isError || conflicts.isError;
  const isOld = useSyncExternalStore(liveState.listen, liveState.get) !== 'open';
  const isKnown = sites.data !== undefined && peers.data !== undefined && conflicts.data !== undefined;
  if (!isKnown && !isError) return null;
  const health = isError || !isKnown ? undefined : healthOf(sites.data, peers.data, conflicts.data);
  // What was so when the news broke off is not known to be so now.
  const tone = isOld ? 'grey' : (health?.tone ?? 'grey');
  const Icon = icons[tone];
  return (
    <div role="status" className={styles['place']}>
      <Link {...linkTo(health?.to ?? '/network')} className={`${styles['line']} ${styles[tone]}`}>
        <Icon size={17} aria-hidden="true" />
        <span>
          {isOld && health !== undefined && `${texts.health.lastKnown} `}
          {health?.text ?? texts.health.unknown}
          {health?.since != null && (
            <>
              {' '}
              <Time at={health.since} />
            </>
          )}
          {health !== undefined && health.hint !== '' && `; ${health.hint}`}
        </span>
      </Link>
    </div>
  );
}

const linkTo = (to: Health['to']) =>
  typeof to === 'string' ? { to } : { to: '/network/$iss' as const, params: { iss: to.iss } };
