import { ActionIcon, Button, Tabs } from '@mantine/core';
import { IconArrowLeft, IconTrash, IconX } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import { isStatus, type Shape } from '../../api/client.ts';
import { focusPlace, placeOfFocus } from '../../components/focus.ts';
import { late } from '../../components/late.tsx';
import { useTitle } from '../../components/page-head.tsx';
import { NotTold } from '../../components/problem-alert.tsx';
import { StatePill } from '../../components/tone.tsx';
import { texts } from '../../texts.ts';
import type { PackageAct } from '../packages/package-acts.ts';
import { comingOf, hereOf } from '../packages/package-state.ts';
import { comingQuery } from '../packages/packages-queries.ts';
import { useRights } from '../session/session-queries.ts';
import { CoverageList } from './coverage-list.tsx';
import { DownloadLines } from './download-lines.tsx';
import { HeadCards } from './head-cards.tsx';
import { HistoryList } from './history-list.tsx';
import styles from './package-panel.module.css';
import { packageQuery } from './package-queries.ts';
import { RevisionList } from './revision-list.tsx';
import { StateNotes } from './state-notes.tsx';

const ActDialog = late(async () => (await import('../packages/act-dialog.tsx')).ActDialog);

/** All that is known of a package, beside the list that it stands in; where there is little room, a page of its own. */
export function PackagePanel() {
  const { id } = useParams({ from: '/packages/$id' });
  const shown = useQuery(packageQuery(id));
  const close = useClose(String(shown.data?.id ?? id));
  const title = shown.data?.filename ?? (shown.isError ? texts.package.unknownTitle : '');
  const head = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    // Who comes by a link goes on from here; who opens the address begins at the top, and who opened a dialog meanwhile stays in it.
    const focused = document.activeElement;
    if (focused !== document.body && focused?.closest('[role=dialog]') === null) head.current?.focus({ preventScroll: true });
  }, []);
  useTitle(title === '' ? undefined : title, 1);
  const keyDown = ({ key, currentTarget, target, defaultPrevented }: KeyboardEvent<HTMLElement>) => {
    // A dialog that was opened from here is no part of the panel, though React says so.
    if (key === 'Escape' && !defaultPrevented && target instanceof Node && currentTarget.contains(target)) void close();
  };
  return (
    <aside className={styles['panel']} aria-label={texts.package.label(title)} onKeyDown={keyDown}>
      <Link to="/packages" search={(before) => before} className={styles['back']}>
        <IconArrowLeft size={16} aria-hidden="true" /> {texts.packages.title}
      </Link>
      <div className={styles['head']}>
        <h2 ref={head} title={title} tabIndex={-1} data-focus-home>
          <bdi>{title}</bdi>
        </h2>
        {shown.data !== undefined && <Here shown={shown.data} />}
        <ActionIcon className={styles['close']} variant="subtle" color="gray" aria-label={texts.close} onClick={close}>
          <IconX size={18} />
        </ActionIcon>
      </div>
      {shown.isError && isStatus(shown.error, 404) && <p className={styles['sub']}>{texts.package.unknown}</p>}
      <NotTold queries={[shown]} />
      {shown.data !== undefined && <Parts key={shown.data.id} shown={shown.data} />}
    </aside>
  );
}

/** Closes the page and gives the focus to the row of the package. */
function useClose(id: string): () => Promise<void> {
  const navigate = useNavigate();
  return async () => {
    const place = placeOfFocus();
    await navigate({ to: '/packages', search: (before) => before });
    const row = document.querySelector(`[data-row-link="${CSS.escape(id)}"]`);
    focusPlace(row === null ? place : [row, ...place]);
  };
}

function Here({ shown }: { readonly shown: Shape<'Package'> }) {
  const { data: comings = [] } = useQuery(comingQuery([shown]));
  const coming = comingOf(shown, comings);
  const { tone, text } = hereOf(shown, coming);
  return (
    <StatePill tone={tone} {...(coming?.reason != null && { title: coming.reason })}>
      {text}
    </StatePill>
  );
}

function Parts({ shown }: { readonly shown: Shape<'Package'> }) {
  const rights = useRights();
  const [act, setAct] = useState<PackageAct>();
  const { id, filename, status } = shown;
  return (
    <>
      <StateNotes shown={shown} onAct={setAct} />
      {status === 'Public' && <DownloadLines filename={filename} />}
      <HeadCards shown={shown} onAct={setAct} />
      <Tabs defaultValue={status === 'Deleted' ? 'revisions' : 'where'} keepMounted={false}>
        <Tabs.List>
          <Tabs.Tab value="where">{texts.package.where}</Tabs.Tab>
          <Tabs.Tab value="revisions">{texts.package.revisions}</Tabs.Tab>
          <Tabs.Tab value="history">{texts.package.history}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="where" pt="sm">
          <CoverageList id={id} />
        </Tabs.Panel>
        <Tabs.Panel value="revisions" pt="sm">
          <RevisionList shown={shown} onAct={setAct} />
        </Tabs.Panel>
        <Tabs.Panel value="history" pt="sm">
          <HistoryList id={id} />
        </Tabs.Panel>
      </Tabs>
      {rights.canPromote && rights.stages.length === 3 && status !== 'Deleted' && (
        <Button
          className={styles['remove']}
          variant="light"
          color="red"
          leftSection={<IconTrash size={16} />}
          onClick={() => setAct({ kind: 'delete' })}
        >
          {texts.package.remove}
        </Button>
      )}
      {act !== undefined && <ActDialog shown={shown} act={act} onClose={() => setAct(undefined)} />}
    </>
  );
}
