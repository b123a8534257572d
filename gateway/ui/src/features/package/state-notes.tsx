import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import type { Shape } from '../../api/client.ts';
import { Time } from '../../components/time.tsx';
import { texts } from '../../texts.ts';
import type { PackageAct } from '../packages/package-acts.ts';
import { latestOf } from '../packages/package-state.ts';
import { useRights } from '../session/session-queries.ts';
import styles from './package-panel.module.css';

type Props = { readonly shown: Shape<'Package'>; readonly onAct: (act: PackageAct) => void };

/** What is out of the ordinary, and what can be done about it. */
export function StateNotes({ shown, onAct }: Props) {
  const { canPromote, stages } = useRights();
  const { status, awaitsConfirmation, trash, leaving, letGo } = shown;
  const mayAll = canPromote && stages.length === 3;
  const words = texts.package.notes;
  const last = latestOf(shown);
  return (
    <>
      {status === 'Deleted' && (
        <Note act={mayAll && trash > 0 ? words.restore : undefined} onAct={() => onAct({ kind: 'restore' })}>
          {words.deleted} {last !== undefined && <Time at={last.changedAt} />}{' '}
          {trash > 0 ? words.inTrash(trash) : words.notInTrash}
        </Note>
      )}
      {awaitsConfirmation && (
        <Note act={mayAll ? texts.acts.confirm : undefined} onAct={() => onAct({ kind: 'confirm' })}>
          {words.awaits}
        </Note>
      )}
      {leaving.length > 0 && <Note>{words.leaving(leaving.length)}</Note>}
      {letGo.map(({ sha256, letGoAt, holder }) => (
        <Note key={`${sha256}${letGoAt}`}>
          {words.letGo(holder.name)} <Time at={letGoAt} />
        </Note>
      ))}
    </>
  );
}

type NoteProps = { readonly children: ReactNode; readonly act?: string | undefined; readonly onAct?: () => void };

function Note({ children, act, onAct }: NoteProps) {
  return (
    <div className={styles['note']}>
      <span>{children}</span>
      {act !== undefined && (
        <Button size="compact-sm" variant="default" onClick={onAct}>
          {act}
        </Button>
      )}
    </div>
  );
}
