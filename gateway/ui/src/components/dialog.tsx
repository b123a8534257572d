import { Button, Group, Modal, type ModalProps, TextInput } from '@mantine/core';
import { type ReactNode, type SubmitEvent, useEffect, useState } from 'react';
import { texts } from '../texts.ts';
import styles from './dialog.module.css';
import { focusPlace, placeOfFocus } from './focus.ts';
import { ProblemAlert } from './problem-alert.tsx';

type Props = {
  readonly title: ReactNode;
  readonly size?: ModalProps['size'];
  readonly onClose: () => void;
  /** Whether its act is on its way: it stays until it is known what became of that. Who left it would take it for cancelled. */
  readonly isBusy?: boolean;
  /** Whether a click beside it closes it. Default true; not where that would lose something for good. */
  readonly closesOutside?: boolean;
  readonly children: ReactNode;
};

/** A dialog, for as long as it is part of the page. The focus goes back to where it was when it ends. */
export function Dialog({ title, size = 'md', onClose, isBusy = false, closesOutside = true, children }: Props) {
  useFocusBack();
  return (
    <Modal
      opened
      onClose={() => !isBusy && onClose()}
      title={title}
      size={size}
      closeOnClickOutside={closesOutside}
      closeButtonProps={{ 'aria-label': texts.close, disabled: isBusy }}
    >
      {children}
    </Modal>
  );
}

/** Mantine gives the focus back where a dialog is closed, not where it is taken out of the page, as ours are. */
function useFocusBack(): void {
  const [before] = useState(placeOfFocus);
  useEffect(() => () => focusPlace(before), [before]);
}

type ConfirmProps = Props & {
  /** The button that does it: what is done, and whether that takes something away. */
  readonly button: { readonly label: string; readonly isGrave: boolean };
  /** What went wrong; null and undefined are nothing. */
  readonly error: unknown;
  readonly isPending: boolean;
  /** Whether it can be done now. Default true. */
  readonly isReady?: boolean;
  /** Whether it was done, and what became of it is shown: then there is nothing but to close. */
  readonly isDone?: boolean;
  /** Whether a reason is asked for, and what is said of it. */
  readonly reason?: 'asked' | { readonly hint: string };
  /** @param reason Without blanks around it; empty where none was given, or none is asked for */
  readonly onAct: (reason: string) => void;
};

/** A dialog that says what an act would do, asks why, and does it. */
export function ConfirmDialog({ button, error, isPending, onAct, children, ...props }: ConfirmProps) {
  const { isReady = true, isDone = false, reason: asked, onClose } = props;
  const [reason, setReason] = useState('');
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    onAct(reason.trim());
  };
  const hasReason = asked !== undefined && !isDone;
  return (
    <Dialog {...props} isBusy={isPending}>
      <form className={styles['form']} onSubmit={submit}>
        {error != null && <ProblemAlert error={error} />}
        {children}
        {hasReason && (
          <TextInput
            label={texts.acts.reason}
            description={asked === 'asked' ? undefined : asked.hint}
            maxLength={1_000}
            value={reason}
            data-autofocus
            onChange={({ currentTarget: { value } }) => setReason(value)}
          />
        )}
        <Group justify="flex-end">
          <Button variant="default" disabled={isPending} data-autofocus={hasReason ? undefined : true} onClick={onClose}>
            {isDone ? texts.close : texts.cancel}
          </Button>
          {!isDone && (
            <Button type="submit" color={button.isGrave ? 'red' : 'accent'} loading={isPending} disabled={!isReady}>
              {button.label}
            </Button>
          )}
        </Group>
      </form>
    </Dialog>
  );
}
