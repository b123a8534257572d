import { Button, Group } from '@mantine/core';
import { IconUserPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Shape } from '../../api/client.ts';
import { useWantedAct } from '../../app/wanted-act.ts';
import { DataTable } from '../../components/data-table.tsx';
import { NotTold } from '../../components/problem-alert.tsx';
import { Time } from '../../components/time.tsx';
import { StatePill } from '../../components/tone.tsx';
import { texts } from '../../texts.ts';
import { AdminsOnly } from '../session/admins-only.tsx';
import { useRights } from '../session/session-queries.ts';
import { AccountDialog } from './account-dialog.tsx';
import styles from './admin-layout.module.css';
import { accountsQuery } from './admin-queries.ts';
import { RemovalDialog } from './removal-dialog.tsx';

type Opened = { readonly kind: 'make' } | { readonly kind: 'change' | 'remove'; readonly account: Shape<'Account'> };

/** People who may sign in, and what they may do. */
export function AccountsPage() {
  return (
    <AdminsOnly>
      <Accounts />
    </AdminsOnly>
  );
}

function Accounts() {
  const accounts = useQuery(accountsQuery);
  const [opened, setOpened] = useState<Opened>();
  const close = () => setOpened(undefined);
  useWantedAct('new-account', () => setOpened({ kind: 'make' }));
  const openAnew = async (username: string) => {
    const account = (await accounts.refetch()).data?.find((one) => one.username === username);
    setOpened(account && { kind: 'change', account });
  };
  return (
    <>
      <div className={styles['acts']}>
        <Button leftSection={<IconUserPlus size={16} />} onClick={() => setOpened({ kind: 'make' })}>
          {texts.accounts.make}
        </Button>
      </div>
      <NotTold queries={[accounts]} />
      {accounts.data !== undefined && (
        <DataTable label={texts.admin.parts.accounts} columns={texts.accounts.columns}>
          {accounts.data.map((account) => (
            <AccountRow key={account.username} account={account} onOpen={setOpened} />
          ))}
        </DataTable>
      )}
      {opened?.kind === 'make' && <AccountDialog onClose={close} />}
      {opened?.kind === 'change' && (
        <AccountDialog
          key={opened.account.version}
          account={opened.account}
          onAnew={() => void openAnew(opened.account.username)}
          onClose={close}
        />
      )}
      {opened?.kind === 'remove' && (
        <RemovalDialog
          title={texts.accounts.removeTitle(opened.account.username)}
          what={texts.accounts.removeWhat}
          path="/api/v1/accounts/{username}"
          params={{ username: opened.account.username }}
          version={opened.account.version}
          act={texts.remove}
          onClose={close}
        />
      )}
    </>
  );
}

type RowProps = { readonly account: Shape<'Account'>; readonly onOpen: (opened: Opened) => void };

function AccountRow({ account, onOpen }: RowProps) {
  const { username, role, stages, defaultPassword, createdAt, passwordChangedAt } = account;
  const { username: own } = useRights();
  return (
    <tr>
      <th scope="row">
        {username}
        {username === own && <span className={styles['own']}> {texts.accounts.own}</span>}
      </th>
      <td>{texts.roles[role]}</td>
      <td>{stages.length === 3 ? texts.accounts.allStages : stages.join(', ')}</td>
      <td>
        <Time at={createdAt} />
      </td>
      <td>
        {defaultPassword ? <StatePill tone="red">{texts.accounts.defaultPassword}</StatePill> : <Time at={passwordChangedAt} />}
      </td>
      <td>
        <Group gap="xs" justify="flex-end" wrap="nowrap">
          <Button size="compact-sm" variant="default" onClick={() => onOpen({ kind: 'change', account })}>
            {texts.change}
          </Button>
          <Button size="compact-sm" variant="light" color="red" onClick={() => onOpen({ kind: 'remove', account })}>
            {texts.remove}
          </Button>
        </Group>
      </td>
    </tr>
  );
}
