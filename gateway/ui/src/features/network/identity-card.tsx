import { Button, CopyButton, Group } from '@mantine/core';
import { IconCheck, IconCopy, IconEye } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { settingsQuery } from '../../api/settings-query.ts';
import { Card, Facts, Mono } from '../../components/card.tsx';
import { CopyText } from '../../components/copy-text.tsx';
import { ProblemAlert } from '../../components/problem-alert.tsx';
import { texts } from '../../texts.ts';
import styles from './network.module.css';
import { identityQuery } from './network-queries.ts';

/** What an admin takes to the other server, to register it there. */
export function IdentityCard() {
  const [isShown, setShown] = useState(false);
  const settings = useQuery(settingsQuery);
  const identity = useQuery({ ...identityQuery, enabled: isShown });
  const { data: known } = settings;
  const key = identity.data?.key;
  return (
    <Card title={texts.network.letIn} hint={texts.network.letInHint}>
      {known?.warnings.map((warning) => (
        <p key={warning} role="note" className={styles['warning']}>
          {warning}
        </p>
      ))}
      {identity.isError && <ProblemAlert error={identity.error} />}
      <Facts
        facts={[
          [texts.network.url, known === undefined ? '' : <Copied key="url" value={known.url} what={texts.network.url} />],
          [texts.network.iss, known === undefined ? '' : <Copied key="iss" value={known.iss} what={texts.network.iss} />],
          [
            texts.network.key,
            key === undefined ? (
              <Button
                key="reveal"
                size="compact-sm"
                variant="default"
                leftSection={<IconEye size={14} />}
                loading={identity.isFetching}
                onClick={() => (isShown ? void identity.refetch() : setShown(true))}
              >
                {texts.network.reveal}
              </Button>
            ) : (
              <Copied key="key" value={key} what={texts.network.key} />
            ),
          ],
        ]}
      />
      {identity.data !== undefined && (
        <Group>
          <CopyButton value={JSON.stringify(identity.data)} timeout={2_000}>
            {({ copied, copy }) => (
              <Button leftSection={copied ? <IconCheck size={16} /> : <IconCopy size={16} />} onClick={copy}>
                {copied ? texts.copied : texts.network.copyAll}
              </Button>
            )}
          </CopyButton>
        </Group>
      )}
    </Card>
  );
}

function Copied({ value, what }: { readonly value: string; readonly what: string }) {
  return (
    <>
      <Mono>{value}</Mono>
      {value !== '' && <CopyText value={value} what={what} />}
    </>
  );
}
