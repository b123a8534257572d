import { Modal } from '@mantine/core';
import type { Shape } from '../../api/client.ts';
import { texts } from '../../texts.ts';
import styles from './session.module.css';
import { SignInForm } from './sign-in-form.tsx';

/** Signs somebody in again whose session has ended, over the page as it is. */
export function SessionEndedDialog({ account, onDone }: { account: string; onDone: (login: Shape<'Login'>) => void }) {
  return (
    <Modal opened onClose={() => undefined} withCloseButton={false} closeOnEscape={false} title={texts.signIn.ended}>
      <p className={styles['hint']}>{texts.signIn.endedHint}</p>
      <SignInForm account={account} onDone={onDone} />
    </Modal>
  );
}
