import { Button } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Fragment, type ReactNode, useState } from 'react';
import type { Shape } from '../../api/client.ts';
import { CopyText } from '../../components/copy-text.tsx';
import { actorText } from '../../components/format.ts';
import { NotTold } from '../../components/problem-alert.tsx';
import { Time } from '../../components/time.tsx';
import { texts } from '../../texts.ts';
import styles from './activity.module.css';
import { activityQuery } from './activity-queries.ts';
import type { ActivitySearch } from './activity-search.ts';
import { sentenceOf } from './event-sentences.ts';
import { partsOf } from './sentence-parts.ts';

/** What happened, as sentences, the newest first; each can be opened for the event itself. */
export function ActivityList({ search }: { readonly search: ActivitySearch }) {
  const activity = useInfiniteQuery(activityQuery(search));
  const items = activity.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <>
      <NotTold queries={[activity]} />
      {activity.isSuccess && items.length === 0 && !activity.hasNextPage && <p>{texts.activity.none}</p>}
      <ol className={styles['list']}>
        {items.map((item) => (
          <ActivityRow key={item.id} item={item} />
        ))}
      </ol>
      {activity.hasNextPage && (
        <Button variant="default" loading={activity.isFetchingNextPage} onClick={() => void activity.fetchNextPage()}>
          {texts.activity.more}
        </Button>
      )}
    </>
  );
}

function ActivityRow({ item }: { readonly item: Shape<'Activity'> }) {
  const [isOpen, setOpen] = useState(false);
  const { type, at, actor, data, subject } = item;
  const json = JSON.stringify({ type, at, actor, subject, data }, null, 2);
  return (
    <li className={styles['row']}>
      <div className={styles['line']}>
        <span className={styles['time']}>
          <Time at={at} />
        </span>
        <span className={styles['sentence']}>
          <Sentence item={item} />
        </span>
        <Button size="compact-xs" variant="subtle" color="gray" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          {isOpen ? texts.activity.less : texts.activity.event}
        </Button>
      </div>
      {isOpen && (
        <div className={styles['json']}>
          <CopyText value={json} what={texts.activity.event} />
          <pre>{json}</pre>
        </div>
      )}
    </li>
  );
}

/** The sentence, in which the package and the server that it names are links; one that it does not name stands behind it. */
function Sentence({ item: { type, actor, package: named, server, data } }: { readonly item: Shape<'Activity'> }) {
  const sentence = sentenceOf({ type, actor: actorText(actor), server: server?.name ?? null, data });
  const names = new Map<string, ReactNode>();
  if (named !== null && named.id !== null)
    names.set(
      named.filename,
      <Link to="/packages/$id" params={{ id: String(named.id) }}>
        {named.filename}
      </Link>,
    );
  if (server?.name != null)
    names.set(
      server.name,
      <Link to="/network/$iss" params={{ iss: server.iss }}>
        {server.name}
      </Link>,
    );
  const { parts, unnamed } = partsOf(sentence, [...names.keys()]);
  return (
    <>
      {parts.map(({ text, at }) => (
        <Fragment key={at}>{names.get(text) ?? text}</Fragment>
      ))}
      {unnamed.map((name) => (
        <Fragment key={name}> · {names.get(name)}</Fragment>
      ))}
    </>
  );
}
