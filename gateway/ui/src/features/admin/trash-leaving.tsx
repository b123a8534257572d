import { useQuery } from '@tanstack/react-query';
import { shortDigest, sizeText } from '../../components/format.ts';
import { ProblemAlert } from '../../components/problem-alert.tsx';
import { texts } from '../../texts.ts';
import { trashAtOnceQuery } from './admin-queries.ts';
import { leavingAfter } from './storage-parts.ts';

/** Contents that are named; of more it is said how many there are. */
const mostNamed = 8;

/** What can be restored here no more as soon as the trash keeps contents for fewer days: said before that is saved. */
export function TrashLeaving({ days }: { readonly days: number }) {
  const trash = useQuery(trashAtOnceQuery);
  const words = texts.admin.leaving;
  if (trash.isError) return <ProblemAlert error={trash.error} />;
  if (trash.data === undefined) return <p>{texts.loading}</p>;
  const { items, next } = trash.data;
  const leaving = leavingAfter(items, days, Date.now());
  if (leaving.length === 0) return <p role="note">{next === null ? words.nothing : words.unknown}</p>;
  return (
    <div role="note">
      {words.title}
      <ul>
        {leaving.slice(0, mostNamed).map(({ package: { id, filename }, sha256, sizeBytes }) => (
          <li key={`${id} ${sha256}`}>
            {filename}, {sizeText(sizeBytes)} ({shortDigest(sha256)})
          </li>
        ))}
        {leaving.length > mostNamed && <li>{words.more(leaving.length - mostNamed, next !== null)}</li>}
      </ul>
    </div>
  );
}
