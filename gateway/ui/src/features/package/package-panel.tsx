import { ActionIcon, Anchor, Button, Group, Tabs } from '@mantine/core';
import { IconDownload, IconTrash, IconX } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import type { Shape } from '../../api/client.ts';
import { CopyText } from '../../components/copy-text.tsx';
import { useTitle } from '../../components/page-head.tsx';
import { ProblemAlert } from '../../components/problem-alert.tsx';
import { StatePill } from '../../components/tone.tsx';
import { texts } from '../../texts.ts';
import { ActDialog } from '../packages/act-dialog.tsx';
import type { PackageAct } from '../packages/package-acts.ts';
import { hereOf } from '../packages/package-state.ts';
import { useRights } from '../session/session-queries.ts';
import { CoverageList } from './coverage-list.tsx';
import { HeadCards } from './head-cards.tsx';
import { HistoryList } from './history-list.tsx';
import styles from './package-panel.module.css';
import { packageQuery } from './package-queries.ts';
import { RevisionList } from './revision-list.tsx';

/** All that is known of a package, beside the list that it stands in. */
export function PackagePanel() {
  const { id } = useParams({ from: '/packages/$id' });
  const navigate = useNavigate();
  const shown = useQuery(packageQuery(Number(id)));
  useTitle(shown.data?.filename, 1);
  const close = () => void navigate({ to: '/packages', search: (before) => before });
  return (
    <aside className={styles['panel']} aria-label={texts.package.label(shown.data?.filename ?? '')}>
      <div className={styles['head']}>
        <h2 title={shown.data?.filename}>{shown.data?.filename}</h2>
        {shown.data !== undefined && <Here shown={shown.data} />}
        <ActionIcon variant="subtle" color="gray" aria-label={texts.close} onClick={close}>
          <IconX size={18} />
        </ActionIcon>
      </div>
      {shown.isError && <ProblemAlert error={shown.error} />}
      {shown.data !== undefined && <Parts shown={shown.data} />}
    </aside>
  );
}

function Here({ shown }: { readonly shown: Shape<'Package'> }) {
  const { tone, text } = hereOf(shown);
  return <StatePill tone={tone}>{text}</StatePill>;
}

function Parts({ shown }: { readonly shown: Shape<'Package'> }) {
  const rights = useRights();
  const [act, setAct] = useState<PackageAct>();
  const { id, filename, status } = shown;
  return (
    <>
      {status === 'Public' && <DownloadLines filename={filename} />}
      <HeadCards shown={shown} onAct={setAct} />
      <Tabs defaultValue="where" keepMounted={false}>
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
      {rights.canPromote && status !== 'Deleted' && (
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

/** How clients and people get the bytes that this server serves. */
function DownloadLines({ filename }: { readonly filename: string }) {
  const url = `${location.origin}/share/${encodeURIComponent(filename)}`;
  const curl = `curl -fO ${url}`;
  return (
    <Group className={styles['download']} gap="xs" wrap="nowrap">
      <Anchor href={url} download={filename} className={styles['link']}>
        <IconDownload size={16} aria-hidden="true" /> {texts.package.download}
      </Anchor>
      <code className={styles['curl']} title={curl}>
        {curl}
      </code>
      <CopyText value={curl} what={texts.package.curl} />
    </Group>
  );
}
