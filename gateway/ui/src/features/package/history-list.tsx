import { useQuery } from '@tanstack/react-query';
import { actorText } from '../../components/format.ts';
import { NotTold } from '../../components/problem-alert.tsx';
import { Time } from '../../components/time.tsx';
import { texts } from '../../texts.ts';
import { sentenceOf } from '../activity/event-sentences.ts';
import styles from './package-panel.module.css';
import { historyQuery } from './package-queries.ts';

/** What happened to a package, in sentences, the newest first. */
export function HistoryList({ id }: { readonly id: number }) {
  const history = useQuery(historyQuery(id));
  return (
    <>
      <NotTold queries={[history]} />
      <ul className={styles['list']}>
        {history.data?.map(({ id: eventId, type, recordedAt, actor, changedByName, data }) => {
          const reason = reasonOf(data);
          return (
            <li key={eventId}>
              <div>
                {sentenceOf({ type, actor: actorText(actor), server: changedByName, data })}
                {reason !== '' && <div className={styles['reason']}>{texts.package.quoted(reason)}</div>}
              </div>
              <span className={styles['sub']}>
                <Time at={recordedAt} />
              </span>
            </li>
          );
        })}
      </ul>
    </>
  );
}

/** Why somebody did it, in his words. */
function reasonOf(data: unknown): string {
  const { change } = data as { readonly change?: { readonly reason?: unknown } };
  return typeof change?.reason === 'string' ? change.reason : '';
}
