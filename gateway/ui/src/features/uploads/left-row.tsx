import { ActionIcon, Button, FileButton } from '@mantine/core';
import { IconX } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState, useSyncExternalStore } from 'react';
import { ToldError } from '../../api/told-error.ts';
import { sizeText } from '../../components/format.ts';
import { ProblemAlert } from '../../components/problem-alert.tsx';
import { Time } from '../../components/time.tsx';
import { ShareBar } from '../../components/tone.tsx';
import { texts } from '../../texts.ts';
import { matchOf, seenOf } from './file-identity.ts';
import { forgetUpload, type LeftUpload, leftQuery, otherTabs } from './left-uploads.ts';
import { Sure } from './upload-acts.tsx';
import styles from './upload-tray.module.css';
import { uploads } from './uploads.ts';

/** What an earlier visit of the page left unfinished: with the same file it goes on from there. */
export function LeftRow({ left }: { readonly left: LeftUpload }) {
  const { id, filename, sizeBytes, offsetBytes, state, lastByteAt, expiresAt } = left;
  const words = texts.uploads.resumeLeft;
  const isElsewhere = useSyncExternalStore(otherTabs.listen, otherTabs.get).has(id);
  const [isAsked, setAsked] = useState(false);
  const queries = useQueryClient();
  const resume = useMutation({ mutationFn: (file: File) => goOn(left, file) });
  const cancel = useMutation({
    mutationFn: () => forgetUpload(id),
    onSettled: () => queries.invalidateQueries({ queryKey: leftQuery.queryKey }),
  });
  const error = resume.error ?? cancel.error;
  const isOpen = state === 'receiving' && !isElsewhere;
  return (
    <li className={styles['row']} data-state="left">
      <div className={styles['line']}>
        <span className={styles['name']} title={filename}>
          {filename}
        </span>
        <span className={styles['hint']}>{words.hint(sizeText(offsetBytes), sizeText(sizeBytes))}</span>
        {isOpen && (
          <ActionIcon
            size="sm"
            variant="subtle"
            color="gray"
            loading={cancel.isPending}
            aria-label={texts.uploads.cancel(filename)}
            onClick={() => setAsked(true)}
          >
            <IconX size={14} />
          </ActionIcon>
        )}
      </div>
      <ShareBar share={sizeBytes === 0 ? 0 : offsetBytes / sizeBytes} tone={isOpen ? 'amber' : 'blue'} width="100%" />
      <div className={styles['steps']}>
        {!isOpen && <span>{isElsewhere ? words.elsewhere : words.verifying}</span>}
        {isOpen && (
          <>
            <FileButton onChange={(file) => file !== null && resume.mutate(file)}>
              {(props) => (
                <Button {...props} size="compact-xs" variant="light" title={words.why} loading={resume.isPending}>
                  {words.act}
                </Button>
              )}
            </FileButton>
            <span>
              {words.last} <Time at={lastByteAt} />
            </span>
            {expiresAt !== null && (
              <span>
                {words.until} <Time at={expiresAt} />
              </span>
            )}
          </>
        )}
      </div>
      {isAsked && isOpen && (
        <Sure
          words={texts.uploads.cancelSure(filename, sizeText(offsetBytes))}
          onYes={() => {
            setAsked(false);
            cancel.mutate();
          }}
          onNo={() => setAsked(false)}
        />
      )}
      {error !== null && <ProblemAlert error={error} />}
    </li>
  );
}

/** @throws ToldError where the file is another one, or on its way */
async function goOn(left: LeftUpload, file: File): Promise<void> {
  const { filename, sizeBytes, stage, replace, id, offsetBytes } = left;
  const words = texts.uploads.resumeLeft;
  const match = await matchOf(file, left);
  switch (match) {
    case 'same':
      if (uploads.has({ file, stage })) throw new ToldError(words.already.title, words.already.detail);
      return uploads.add([{ file, stage, replace, id, sentBytes: offsetBytes, seenSha256: seenOf(left) }]);
    case 'other-name':
      throw new ToldError(words.title, words[match](filename, file.name));
    case 'other-size':
      throw new ToldError(words.title, words[match](filename, sizeText(sizeBytes), sizeText(file.size)));
    case 'other-content':
    case 'not-noted':
      throw new ToldError(words.title, words[match](filename));
  }
}
