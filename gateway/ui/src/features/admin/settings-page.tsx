import { Button, Group } from '@mantine/core';
import { IconPencil } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Shape } from '../../api/client.ts';
import { settingsQuery } from '../../api/settings-query.ts';
import { Card, Cards, Facts, Mono } from '../../components/card.tsx';
import { NotTold } from '../../components/problem-alert.tsx';
import { texts } from '../../texts.ts';
import { useRights } from '../session/session-queries.ts';
import { ResourcesCard } from './resources-card.tsx';
import { SettingsDialog } from './settings-dialog.tsx';

/** Who this server is, and what its machine has and uses. */
export function SettingsPage() {
  const { isAdmin } = useRights();
  /** The settings as they were when the dialog was opened. */
  const [edited, setEdited] = useState<Shape<'Settings'>>();
  const settings = useQuery(settingsQuery);
  const { fields } = texts.admin;
  if (settings.data === undefined) return <NotTold queries={[settings]} />;
  const { name, url, iss, stage, firewalledMode, deletions, trashDays, warnings } = settings.data;
  return (
    <>
      <NotTold queries={[settings]} />
      <Cards>
        <Card title={texts.admin.parts.settings}>
          {warnings.map((warning) => (
            <p key={warning} role="note">
              {warning}
            </p>
          ))}
          <Facts
            facts={[
              [fields.name, name],
              [fields.url, <Mono key="url">{url}</Mono>],
              [fields.iss, <Mono key="iss">{iss}</Mono>],
              [fields.stage, stage],
              [fields.firewalled, firewalledMode ? texts.yes : texts.no],
              [fields.deletions, texts.admin.deletions[deletions]],
              [fields.trashDays, texts.admin.days(trashDays)],
            ]}
          />
          {isAdmin && (
            <Group>
              <Button variant="default" leftSection={<IconPencil size={16} />} onClick={() => setEdited(settings.data)}>
                {texts.admin.edit}
              </Button>
            </Group>
          )}
        </Card>
        <ResourcesCard />
        {edited !== undefined && (
          <SettingsDialog
            key={edited.version}
            settings={edited}
            onAnew={() => void settings.refetch().then(({ data }) => setEdited(data))}
            onClose={() => setEdited(undefined)}
          />
        )}
      </Cards>
    </>
  );
}
