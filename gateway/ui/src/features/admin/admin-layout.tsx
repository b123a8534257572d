import { Link, Outlet, useLocation } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { PageHead } from '../../components/page-head.tsx';
import { texts } from '../../texts.ts';
import { useRights } from '../session/session-queries.ts';
import styles from './admin-layout.module.css';

const parts = [
  { to: '/admin', label: texts.admin.parts.settings, adminOnly: false },
  { to: '/admin/resources', label: texts.admin.parts.resources, adminOnly: false },
  { to: '/admin/storage', label: texts.admin.parts.storage, adminOnly: false },
  { to: '/admin/accounts', label: texts.admin.parts.accounts, adminOnly: true },
  { to: '/admin/tokens', label: texts.admin.parts.tokens, adminOnly: false },
  { to: '/admin/sessions', label: texts.admin.parts.sessions, adminOnly: false },
  { to: '/admin/read-models', label: texts.admin.parts.readModels, adminOnly: false },
  { to: '/admin/audit', label: texts.admin.parts.audit, adminOnly: true },
  { to: '/admin/about', label: texts.admin.parts.about, adminOnly: false },
] as const;

/** The parts of Admin; what only an admin may see is not offered to others. */
export function AdminLayout() {
  const { isAdmin } = useRights();
  const { pathname } = useLocation();
  const tabs = useRef<HTMLElement>(null);
  useEffect(() => {
    // Where there is no room for all of them, as on a phone, the one that is shown is in sight.
    tabs.current?.querySelector(`[href="${pathname}"]`)?.scrollIntoView({ block: 'nearest', inline: 'center' });
  }, [pathname]);
  return (
    <>
      <PageHead title={texts.admin.title} />
      <nav ref={tabs} className={styles['tabs']} aria-label={texts.admin.title}>
        {parts.map(
          ({ to, label, adminOnly }) =>
            (isAdmin || !adminOnly) && (
              <Link key={to} to={to} className={styles['tab']} activeOptions={{ exact: true, includeSearch: false }}>
                {label}
              </Link>
            ),
        )}
      </nav>
      <Outlet />
    </>
  );
}
