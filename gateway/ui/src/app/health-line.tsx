import { IconAlertTriangleFilled, IconCircleCheckFilled, IconClockHour4, IconQuestionMark } from '@tabler/icons-react';
import { queryOptions, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { api } from '../api/client.ts';
import { Time } from '../components/time.tsx';
import { texts } from '../texts.ts';
import { healthOf } from './health.ts';
import styles from './health-line.module.css';

const icons = {
  green: IconCircleCheckFilled,
  amber: IconClockHour4,
  red: IconAlertTriangleFilled,
  grey: IconQuestionMark,
  blue: IconClockHour4,
} as const;

const healthQuery = queryOptions({
  queryKey: ['coverage', 'health'],
  queryFn: async ({ signal }) => {
    const [coverage, conflicts] = await Promise.all([
      api.get('/api/v1/coverage', { params: { query: { sort: 'worst', limit: 1 } }, signal }),
      api.get('/api/v1/conflicts', { params: { query: { limit: 1000 } }, signal }),
    ]);
    return healthOf(coverage.sites, conflicts.items.length);
  },
});

/** One sentence on top of every page: is every site right? */
export function HealthLine() {
  const { data, isError } = useQuery(healthQuery);
  if (data === undefined && !isError) return null;
  const health = isError || data === undefined ? undefined : data;
  const tone = health?.tone ?? 'grey';
  const Icon = icons[tone];
  return (
    <div role="status" className={styles['place']}>
      <Link to={health?.to ?? '/network'} className={`${styles['line']} ${styles[tone]}`}>
        <Icon size={17} aria-hidden="true" />
        <span>
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
