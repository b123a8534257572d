import { ActionIcon, Button, FileButton, Group, SegmentedControl } from '@mantine/core';
import { IconFilePlus, IconX } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, type SubmitEvent, useMemo, useState } from 'react';
import { Dialog } from '../../components/dialog.tsx';
import { sizeText } from '../../components/format.ts';
import { texts } from '../../texts.ts';
import { type Stage, stages } from '../packages/package-acts.ts';
import { useRights } from '../session/session-queries.ts';
import { type Choice, choosing } from './choosing.ts';
import { withLeft } from './left-uploads.ts';
import { TakenFile } from './taken-file.tsx';
import { takenQuery } from './taken-names.ts';
import styles from './upload-dialog.module.css';
import { uploads } from './uploads.ts';

const nameOf = (file: File) => file.name.normalize('NFC');

/** Chooses files and a stage. The stage is always chosen: nothing comes to Prod because nobody looked. */
export function UploadDialog({ choice: { files, stage: given, notes } }: { readonly choice: Choice }) {
  const { stages: allowed } = useRights();
  const [chosenStage, setStage] = useState<Stage>();
  const stage = chosenStage ?? given ?? (allowed.length === 1 ? allowed[0] : undefined);
  // Of the files and not of their names: another file of the name has other bytes, of which nothing was said yet.
  // With what the stage had when that was said, null for nothing: what comes to it later was not meant.
  const [replaced, setReplaced] = useState<ReadonlyMap<File, string | null>>(new Map());
  const [digests, setDigests] = useState<ReadonlyMap<File, string>>(new Map());
  const names = useMemo(() => files.map(nameOf), [files]);
  const taken = useTaken(names);
  const words = texts.uploads;
  const isOpen = (file: File) => taken.of(nameOf(file)) !== undefined && !replaced.has(file);
  const replace = (file: File, isReplaced: boolean) => {
    if (stage === undefined) return;
    const others = [...replaced].filter(([one]) => one !== file);
    const seen = taken.of(nameOf(file))?.heads[stage]?.sha256 ?? null;
    setReplaced(new Map(isReplaced ? [...others, [file, seen]] : others));
  };
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (stage === undefined) return;
    const chosen = files.map((file) => {
      const seenSha256 = replaced.get(file);
      const wish = { file, stage, replace: seenSha256 !== undefined, sha256: digests.get(file) };
      return seenSha256 === undefined ? wish : { ...wish, seenSha256 };
    });
    choosing.close();
    void withLeft(chosen).then(uploads.add);
  };
  return (
    <Dialog title={words.title} size="lg" onClose={choosing.close}>
      <form onSubmit={submit} className={styles['form']}>
        {notes.map((note) => (
          <p key={note} className={styles['note']} role="status">
            {note}
          </p>
        ))}
        {taken.isUnknown && <p className={styles['note']}>{words.namesUnknown}</p>}
        {files.length > 0 && (
          <ul className={styles['files']}>
            {files.map((file) => {
              const name = nameOf(file);
              const known = taken.of(name);
              return (
                <ChosenRow key={name} file={file} isOnItsWay={stage !== undefined && uploads.has({ file, stage })}>
                  {known !== undefined && (
                    <TakenFile
                      file={file}
                      known={known}
                      stage={stage}
                      isReplaced={replaced.has(file)}
                      onReplace={(isReplaced) => replace(file, isReplaced)}
                      onDigest={(sha256) => setDigests((before) => new Map(before).set(file, sha256))}
                    />
                  )}
                </ChosenRow>
              );
            })}
          </ul>
        )}
        <FileButton multiple onChange={(more) => choosing.open(more)}>
          {(props) => (
            <Button {...props} variant="default" leftSection={<IconFilePlus size={16} />}>
              {files.length === 0 ? words.choose : words.moreFiles}
            </Button>
          )}
        </FileButton>
        <fieldset className={styles['stage']}>
          <legend>{words.stage}</legend>
          <SegmentedControl
            data={stages.map((value) => ({ value, label: value, disabled: !allowed.includes(value) }))}
            value={stage ?? ''}
            onChange={(value) => {
              setStage(stages.find((one) => one === value));
              // What was said of another stage does not count for this one.
              setReplaced(new Map());
            }}
          />
        </fieldset>
        <Group justify="flex-end">
          <Button variant="default" onClick={choosing.close}>
            {texts.cancel}
          </Button>
          <Button
            type="submit"
            loading={taken.isPending}
            disabled={files.length === 0 || stage === undefined || files.some(isOpen)}
          >
            {words.act(files.length)}
          </Button>
        </Group>
      </form>
    </Dialog>
  );
}

function useTaken(names: readonly string[]) {
  const query = useQuery(takenQuery(names));
  return {
    of: (name: string) => query.data?.get(name),
    /** Until it is known whether names are taken nobody can say what is to be replaced. */
    isPending: names.length > 0 && query.isPending,
    isUnknown: query.isError,
  };
}

type ChosenRowProps = { readonly file: File; readonly isOnItsWay: boolean; readonly children: ReactNode };

function ChosenRow({ file, isOnItsWay, children }: ChosenRowProps) {
  const words = texts.uploads;
  return (
    <li className={styles['file']}>
      <div className={styles['line']}>
        <span className={styles['name']} title={file.name}>
          {file.name}
        </span>
        <span className={styles['hint']}>{sizeText(file.size)}</span>
        <ActionIcon
          size="sm"
          variant="subtle"
          color="gray"
          aria-label={words.leaveOut(file.name)}
          onClick={() => choosing.leaveOut(file)}
        >
          <IconX size={14} />
        </ActionIcon>
      </div>
      {isOnItsWay && <span className={styles['note']}>{words.onItsWay}</span>}
      {file.size === 0 && <span className={styles['note']}>{words.empty}</span>}
      {children}
    </li>
  );
}
