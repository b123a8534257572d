import { ActionIcon, Menu } from '@mantine/core';
import { useLocalStorage } from '@mantine/hooks';
import { IconLayoutSidebarLeftCollapse, IconLayoutSidebarLeftExpand, IconMenu2 } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, Outlet } from '@tanstack/react-router';
import { useEffect, useSyncExternalStore } from 'react';
import { settingsQuery } from '../api/settings-query.ts';
import { UploadTray } from '../features/uploads/upload-tray.tsx';
import { liveState } from '../live/live.ts';
import { followLive } from '../live/live-updates.ts';
import { texts } from '../texts.ts';
import { AccountMenu } from './account-menu.tsx';
import styles from './frame.module.css';
import { HealthLine } from './health-line.tsx';
import { navigation } from './navigation.ts';
import { Search } from './search-dialog.tsx';

/** What stands around every page: which server this is, whether every site is right, and where to go. */
export function Frame() {
  const queries = useQueryClient();
  useEffect(() => followLive(queries), [queries]);
  const [isCollapsed, setCollapsed] = useLocalStorage({ key: 'odst-nav-collapsed', defaultValue: false });
  const Collapse = isCollapsed ? IconLayoutSidebarLeftExpand : IconLayoutSidebarLeftCollapse;
  return (
    <div className={styles['frame']} data-collapsed={isCollapsed}>
      <a className={styles['skip']} href="#content">
        {texts.nav.skip}
      </a>
      <header className={styles['head']}>
        <ServerName />
        <div className={styles['health']}>
          <HealthLine />
        </div>
        <div className={styles['tools']}>
          <LiveNote />
          <Search />
          <AccountMenu />
        </div>
      </header>
      <nav className={styles['nav']} aria-label={texts.nav.label}>
        {navigation.map(({ to, label, icon: Icon }) => (
          <Link key={to} to={to} className={styles['link']} title={isCollapsed ? label : undefined}>
            <Icon size={19} stroke={1.7} aria-hidden="true" />
            <span className={styles['word']}>{label}</span>
          </Link>
        ))}
        <ActionIcon
          className={styles['collapse']}
          variant="subtle"
          color="gray"
          aria-label={isCollapsed ? texts.nav.expand : texts.nav.collapse}
          onClick={() => setCollapsed(!isCollapsed)}
        >
          <Collapse size={18} stroke={1.7} />
        </ActionIcon>
      </nav>
      <main className={styles['main']} id="content" tabIndex={-1}>
        <Outlet />
      </main>
      <UploadTray />
    </div>
  );
}

function ServerName() {
  const { data } = useQuery(settingsQuery);
  return (
    <div className={styles['server']}>
      <PageMenu />
      <img src={iconUrl} alt="" width={24} height={24} />
      <span className={styles['name']} title={data?.name}>
        {data?.name}
      </span>
      {data !== undefined && <span className={styles['tag']}>{texts.frame.stage(data.stage)}</span>}
      {data?.firewalledMode === true && <span className={styles['tag']}>{texts.frame.firewalled}</span>}
    </div>
  );
}

/** Says when the news of the server do not come: what is shown may be old then. */
function LiveNote() {
  const state = useSyncExternalStore(liveState.listen, liveState.get);
  if (state === 'open') return null;
  return (
    <span className={styles['tag']} role="status" title={texts.frame.reconnectingHint}>
      {texts.frame.reconnecting}
    </span>
  );
}

/** On a phone the pages are behind a button. */
function PageMenu() {
  return (
    <div className={styles['menu']}>
      <Menu position="bottom-start" width={220}>
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" aria-label={texts.nav.menu}>
            <IconMenu2 size={20} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {navigation.map(({ to, label, icon: Icon }) => (
            <Menu.Item key={to} component={Link} to={to} leftSection={<Icon size={18} stroke={1.7} />}>
              {label}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
    </div>
  );
}

const iconUrl = new URL('./icon.svg', import.meta.url).href;
