import { Dialog } from '../../components/dialog.tsx';
import { texts } from '../../texts.ts';
import { PasswordForm } from './password-form.tsx';
import styles from './session.module.css';
import { useRights } from './session-queries.ts';

/** Another password for who is signed in. */
export function PasswordDialog({ onClose }: { readonly onClose: () => void }) {
  const { username } = useRights();
  return (
    <Dialog title={texts.password.title} onClose={onClose}>
      <p className={styles['hint']}>{texts.password.others}</p>
      <PasswordForm username={username} onDone={onClose} />
    </Dialog>
  );
}
