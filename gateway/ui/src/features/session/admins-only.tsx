import { IconLock } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { texts } from '../../texts.ts';
import styles from './session.module.css';
import { useRights } from './session-queries.ts';

/** Shows a part to admins alone; others are told so, and nothing is asked of the server that it would refuse. */
export function AdminsOnly({ children }: { readonly children: ReactNode }) {
  const { isAdmin, username } = useRights();
  if (isAdmin) return children;
  return (
    <div className={styles['closed']} role="note">
      <IconLock size={22} stroke={1.7} aria-hidden="true" />
      <h2>{texts.closed.title}</h2>
      <p>{texts.closed.why(username)}</p>
    </div>
  );
}
