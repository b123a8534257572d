import { ActionIcon, Button, Kbd } from '@mantine/core';
import { useHotkeys, useLocalStorage } from '@mantine/hooks';
import {
  IconChevronDown,
  IconLayoutSidebarLeftCollapse,
  IconLayoutSidebarLeftExpand,
  IconMenu2,
  IconSearch,
  IconUser,
} from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, Outlet } from '@tanstack/react-router';
import {
  type ComponentType,
  cloneElement,
  type ReactElement,
  type ReactNode,
  Suspense,
  useEffect,
  useState,
  useSyncExternalStore,
} from 'react';
import { settingsQuery } from '../api/settings-query.ts';
import { late, orNote } from '../components/late.tsx';
import { ProblemAlert } from '../components/problem-alert.tsx';
import { useRights } from '../features/session/session-queries.ts';
import { signOut, signOutFailure } from '../features/session/sign-out.ts';
import { DropArea } from '../features/uploads/drop-area.tsx';
import { leftQuery } from '../features/uploads/left-uploads.ts';
import { uploads } from '../features/uploads/uploads.ts';
import { liveState } from '../live/live.ts';
import { followLive } from '../live/live-updates.ts';
import { texts } from '../texts.ts';
import styles from './frame.module.css';
import { HealthLine } from './health-line.tsx';
import { navigation } from './navigation.ts';

const SearchDialog = late(async () => (await import('./search-dialog.tsx')).SearchDialog);
const UploadTray = late(async () => (await import('../features/uploads/upload-tray.tsx')).UploadTray);
// While they are loaded their buttons stand in their places.
const AccountMenu = orNote(async () => (await import('./menus.tsx')).AccountMenu);
const PageMenu = orNote(async () => (await import('./menus.tsx')).PageMenu);

/** What stands around every page: which server this is, whether every site is right, and where to go. */
export function Frame() {
  const queries = useQueryClient();
  useEffect(() => followLive(queries), [queries]);
  const [isCollapsed, setCollapsed] = useLocalStorage({ key: 'odst-nav-collapsed', defaultValue: false });
  const state = useSyncExternalStore(liveState.listen, liveState.get);
  const Collapse = isCollapsed ? IconLayoutSidebarLeftExpand : IconLayoutSidebarLeftCollapse;
  return (
    <div className={styles['frame']} data-collapsed={isCollapsed} data-news={state}>
      <a className={styles['skip']} href="#content">
        {texts.nav.skip}
      </a>
      <header className={styles['head']}>
        <ServerName />
        <div className={styles['health']}>
          <HealthLine />
        </div>
        <div className={styles['tools']}>
          {state !== 'open' && (
            <span className={styles['tag']} role="status" title={texts.frame.reconnectingHint}>
              {texts.frame.reconnecting}
            </span>
          )}
          <Search />
          <Account />
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
        <SignOutFailed />
        <Outlet />
      </main>
      <Tray />
      <DropArea />
    </div>
  );
}

function ServerName() {
  const { data } = useQuery(settingsQuery);
  return (
    <div className={styles['server']}>
      <div className={styles['menu']}>
        <MenuButton menu={PageMenu}>
          <ActionIcon variant="subtle" color="gray" aria-label={texts.nav.menu}>
            <IconMenu2 size={20} />
          </ActionIcon>
        </MenuButton>
      </div>
      <img src={iconUrl} alt="" width={24} height={24} />
      <span className={styles['name']} title={data?.name}>
        {data?.name}
      </span>
      {data !== undefined && <span className={styles['tag']}>{texts.frame.stage(data.stage)}</span>}
      {data?.firewalledMode === true && <span className={styles['tag']}>{texts.frame.firewalled}</span>}
    </div>
  );
}

/** Finds packages, servers and pages; `/` or Ctrl-K opens it from anywhere. */
function Search() {
  const [isOpen, setOpen] = useState(false);
  useHotkeys([
    ['/', () => setOpen(true)],
    ['mod+K', () => setOpen(true)],
  ]);
  return (
    <>
      <button type="button" className={styles['search']} aria-label={texts.frame.search} onClick={() => setOpen(true)}>
        <IconSearch size={15} aria-hidden="true" />
        <span>{texts.frame.search}</span>
        <Kbd size="xs">/</Kbd>
      </button>
      {isOpen && <SearchDialog onClose={() => setOpen(false)} />}
    </>
  );
}

function Account() {
  const { username } = useRights();
  return (
    <MenuButton menu={AccountMenu}>
      <Button
        variant="subtle"
        color="gray"
        rightSection={<IconChevronDown size={14} />}
        aria-label={texts.frame.account(username)}
      >
        <IconUser className={styles['person']} size={18} stroke={1.7} aria-hidden="true" />
        <span className={styles['word']}>{username}</span>
      </Button>
    </MenuButton>
  );
}

/** Who leaves a machine that others use is told where the session goes on. */
function SignOutFailed() {
  const error = useSyncExternalStore(signOutFailure.listen, signOutFailure.get);
  if (error === undefined) return null;
  const again = (
    <Button size="compact-sm" variant="default" onClick={() => void signOut()}>
      {texts.retry}
    </Button>
  );
  return (
    <>
      <p>{texts.frame.stillSignedIn}</p>
      <ProblemAlert error={error} action={again} />
    </>
  );
}

/** A button whose menu is loaded when it is opened first. */
function MenuButton({
  menu: OpenMenu,
  children,
}: {
  menu: ComponentType<{ children: ReactNode }>;
  children: ReactElement<object>;
}) {
  const [isWanted, setWanted] = useState(false);
  const closed = cloneElement(children, {
    'aria-haspopup': 'menu',
    'aria-expanded': false,
    onClick: () => setWanted(true),
  } as object);
  if (!isWanted) return closed;
  return (
    <Suspense fallback={closed}>
      <OpenMenu>{children}</OpenMenu>
    </Suspense>
  );
}

/** The files on their way, where there are any. */
function Tray() {
  const items = useSyncExternalStore(uploads.listen, uploads.list);
  const { canUpload } = useRights();
  const { data: unfinished = [] } = useQuery({ ...leftQuery, enabled: canUpload });
  return (items.length > 0 || unfinished.length > 0) && <UploadTray />;
}

const iconUrl = new URL('./icon.svg', import.meta.url).href;
