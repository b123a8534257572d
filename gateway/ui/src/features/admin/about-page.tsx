import { Button, Group, TextInput } from '@mantine/core';
import { IconDownload, IconSearch } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Card, Cards, Facts } from '../../components/card.tsx';
import { DataTable } from '../../components/data-table.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { durationText } from '../../components/format.ts';
import { NotTold, ProblemAlert } from '../../components/problem-alert.tsx';
import { Time } from '../../components/time.tsx';
import { texts } from '../../texts.ts';
import { useRights } from '../session/session-queries.ts';
import styles from './about.module.css';
import { systemQuery } from './admin-queries.ts';
import { saveSupportBundle } from './support-bundle.ts';

const words = texts.about;

/** What runs here, what it is made of, and where more is to be read. */
export function AboutPage() {
  const { isAdmin } = useRights();
  const system = useQuery(systemQuery);
  return (
    <>
      <NotTold queries={[system]} />
      <Cards>
        {system.data !== undefined && (
          <Card title={texts.product}>
            <Facts
              facts={[
                [words.version, system.data.version],
                [words.node, system.data.node],
                [words.started, <Time key="at" at={system.data.startedAt} />],
                [texts.admin.resources.uptime, durationText(system.data.uptimeSeconds)],
                [words.licence, 'Apache License 2.0'],
              ]}
            />
          </Card>
        )}
        <Card title={words.documents} hint={words.documentsHint}>
          <ul className={styles['links']}>
            {words.links.map(([href, label]) => (
              <li key={href}>
                <a href={href}>{label}</a>
              </li>
            ))}
          </ul>
        </Card>
        {isAdmin && <SupportCard />}
      </Cards>
      <Licences />
    </>
  );
}

/** A file for whoever helps; only admins see all that is in it. */
function SupportCard() {
  const save = useMutation({ mutationFn: saveSupportBundle });
  return (
    <Card title={words.support} hint={words.supportHint}>
      {save.isError && <ProblemAlert error={save.error} />}
      <Group>
        <Button variant="default" leftSection={<IconDownload size={16} />} loading={save.isPending} onClick={() => save.mutate()}>
          {words.supportAct}
        </Button>
      </Group>
    </Card>
  );
}

type Part = { readonly name: string; readonly version: string; readonly licence: string; readonly text: number | null };

/** The packages of others in the server and its pages. The list is long, so it comes when it is asked for. */
function Licences() {
  const [isShown, setShown] = useState(false);
  const [word, setWord] = useState('');
  const [read, setRead] = useState<Part>();
  const licences = useQuery({
    queryKey: ['licences'],
    queryFn: async () => (await import('../../gen/licences.json')).default,
    enabled: isShown,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const sought = word.trim().toLowerCase();
  const parts = licences.data?.packages.filter(({ name, licence }) => `${name} ${licence}`.toLowerCase().includes(sought));
  return (
    <div>
      <Group mb="sm" justify="space-between">
        <h2 className={styles['heading']}>{words.licences}</h2>
        {!isShown && (
          <Button variant="default" onClick={() => setShown(true)}>
            {words.showLicences}
          </Button>
        )}
        {isShown && (
          <TextInput
            type="search"
            aria-label={words.seekLicence}
            placeholder={words.seekLicence}
            leftSection={<IconSearch size={16} />}
            value={word}
            onChange={({ currentTarget: { value } }) => setWord(value)}
          />
        )}
      </Group>
      {!isShown && <p className={styles['hint']}>{words.licencesHint}</p>}
      {licences.isError && <ProblemAlert error={licences.error} />}
      {parts !== undefined && (
        <DataTable label={words.licences} columns={words.columns}>
          {parts.map((part) => (
            <tr key={`${part.name} ${part.version}`}>
              <th scope="row">{part.name}</th>
              <td>{part.version}</td>
              <td>{part.licence}</td>
              <td>
                {part.text !== null && (
                  <Button size="compact-sm" variant="default" onClick={() => setRead(part)}>
                    {words.read}
                  </Button>
                )}
              </td>
            </tr>
          ))}
        </DataTable>
      )}
      {read !== undefined && (
        <Dialog size="lg" title={words.licenceOf(read.name)} onClose={() => setRead(undefined)}>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: who has no pointer scrolls it with the keys */}
          <pre className={styles['text']} tabIndex={0}>
            {licences.data?.texts[read.text ?? -1]}
          </pre>
        </Dialog>
      )}
    </div>
  );
}
