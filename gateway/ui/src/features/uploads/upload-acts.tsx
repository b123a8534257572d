import { ActionIcon, Button } from '@mantine/core';
import { ApiProblem } from '@odst/api-client';
import { IconPlayerPause, IconPlayerPlay, IconRefresh, IconX } from '@tabler/icons-react';
import { texts } from '../../texts.ts';
import { choosing } from './choosing.ts';
import { UploadStop } from './upload-failure.ts';
import type { UploadItem } from './upload-item.ts';
import styles from './upload-tray.module.css';
import { uploads } from './uploads.ts';

/** What can be done with a file on its way. */
export function RowActs({ item, onCancel }: { readonly item: UploadItem; readonly onCancel: () => void }) {
  const { key, state, filename } = item;
  const words = texts.uploads;
  const canPause = state === 'sending' || state === 'queued' || state === 'retrying';
  const canResume = state === 'paused' || state === 'stopped';
  return (
    <span className={styles['acts']}>
      {canPause && (
        <ActionIcon size="sm" variant="subtle" color="gray" aria-label={words.pause(filename)} onClick={() => uploads.pause(key)}>
          <IconPlayerPause size={14} />
        </ActionIcon>
      )}
      {canResume && (
        <ActionIcon size="sm" variant="subtle" aria-label={words.resume(filename)} onClick={() => uploads.resume(key)}>
          <IconPlayerPlay size={14} />
        </ActionIcon>
      )}
      {state === 'refused' && (
        <>
          <ActionIcon size="sm" variant="subtle" aria-label={words.again(filename)} onClick={() => uploads.again(key)}>
            <IconRefresh size={14} />
          </ActionIcon>
          <ActionIcon
            size="sm"
            variant="subtle"
            color="gray"
            aria-label={words.clearOne(filename)}
            onClick={() => uploads.clear(key)}
          >
            <IconX size={14} />
          </ActionIcon>
        </>
      )}
      {(canPause || canResume || state === 'held' || state === 'signed-out') && (
        <ActionIcon size="sm" variant="subtle" color="gray" aria-label={words.cancel(filename)} onClick={onCancel}>
          <IconX size={14} />
        </ActionIcon>
      )}
    </span>
  );
}

const takenCodes = ['CATALOG_FILENAME_TAKEN', 'CATALOG_CONTENT_CHANGED', 'CATALOG_HEAD_REPLACED'];

/** What a person decides about a file whose name has another content than was thought. */
export function HeldActs({ item }: { readonly item: UploadItem }) {
  const { key, state, error, stage } = item;
  const isTaken = state === 'refused' && error instanceof ApiProblem && takenCodes.includes(error.code ?? '');
  if (isTaken) {
    const look = () => {
      const file = uploads.fileOf(key);
      if (file !== undefined) choosing.open([file], stage);
    };
    return (
      <Button size="compact-xs" variant="default" onClick={look}>
        {texts.uploads.lookAgain}
      </Button>
    );
  }
  if (state !== 'held' || !(error instanceof UploadStop)) return null;
  return (
    <Button size="compact-xs" variant="default" onClick={() => uploads.replaceAlso(key, error.foundSha256)}>
      {texts.uploads.replaceAlso}
    </Button>
  );
}

type SureProps = { readonly words: string; readonly onYes: () => void; readonly onNo: () => void };

/** Asks before bytes are thrown away that took long to send. */
export function Sure({ words, onYes, onNo }: SureProps) {
  return (
    <div className={styles['sure']} role="alertdialog" aria-label={words}>
      <p>{words}</p>
      <Button size="compact-xs" color="red" variant="light" onClick={onYes}>
        {texts.uploads.cancelYes}
      </Button>
      <Button size="compact-xs" variant="default" onClick={onNo}>
        {texts.uploads.cancelNo}
      </Button>
    </div>
  );
}
