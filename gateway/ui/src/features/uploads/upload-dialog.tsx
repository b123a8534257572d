import { ActionIcon, Button, Checkbox, FileButton, Group, SegmentedControl } from '@mantine/core';
import { IconFilePlus, IconX } from '@tabler/icons-react';
import { useQueries } from '@tanstack/react-query';
import { type SubmitEvent, useState } from 'react';
import { api, isStatus } from '../../api/client.ts';
import { Dialog } from '../../components/dialog.tsx';
import { shortDigest, sizeText } from '../../components/format.ts';
import { withOrWithout } from '../../components/sets.ts';
import { texts } from '../../texts.ts';
import { type Stage, stages } from '../packages/package-acts.ts';
import { useRights } from '../session/session-queries.ts';
import { uploads } from './upload-queue.ts';
import styles from './upload-tray.module.css';

/** Chooses files and a stage. The stage is always chosen: nothing comes to Prod because nobody looked. */
export function UploadDialog({ chosen, onClose }: { readonly chosen: readonly File[]; readonly onClose: () => void }) {
  const { stages: allowed } = useRights();
  const [files, setFiles] = useState(chosen);
  const [stage, setStage] = useState<Stage | undefined>(allowed.length === 1 ? allowed[0] : undefined);
  const [replaced, setReplaced] = useState<ReadonlySet<string>>(new Set());
  const taken = useTakenNames(files);
  const isOpen = (file: File) => taken.has(file.name) && !replaced.has(file.name);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (stage === undefined) return;
    uploads.add(files.map((file) => ({ file, stage, replace: replaced.has(file.name) })));
    onClose();
  };
  const words = texts.uploads;
  return (
    <Dialog title={words.title} size="lg" onClose={onClose}>
      <form onSubmit={submit} style={{ display: 'grid', gap: 16 }}>
        <ul className={styles['files']}>
          {files.map((file) => (
            <li key={file.name} className={styles['file']}>
              <div className={styles['line']}>
                <span className={styles['name']}>{file.name}</span>
                <span className={styles['hint']}>{sizeText(file.size)}</span>
                <ActionIcon
                  size="sm"
                  variant="subtle"
                  color="gray"
                  aria-label={words.leaveOut(file.name)}
                  onClick={() => setFiles(files.filter((one) => one !== file))}
                >
                  <IconX size={14} />
                </ActionIcon>
              </div>
              {taken.has(file.name) && (
                <>
                  <span className={styles['taken']}>{taken.get(file.name)}</span>
                  <Checkbox
                    label={words.replace}
                    checked={replaced.has(file.name)}
                    onChange={({ currentTarget: { checked } }) => setReplaced(withOrWithout(replaced, file.name, checked))}
                  />
                </>
              )}
            </li>
          ))}
        </ul>
        <FileButton
          multiple
          onChange={(more) => setFiles([...files, ...more.filter(({ name }) => files.every((one) => one.name !== name))])}
        >
          {(props) => (
            <Button {...props} variant="default" leftSection={<IconFilePlus size={16} />}>
              {files.length === 0 ? words.choose : words.more}
            </Button>
          )}
        </FileButton>
        <fieldset style={{ border: 0, margin: 0, padding: 0 }}>
          <legend>{words.stage}</legend>
          <SegmentedControl
            data={stages.map((value) => ({ value, label: value, disabled: !allowed.includes(value) }))}
            value={stage ?? ''}
            onChange={(value) => setStage(stages.find((one) => one === value))}
          />
        </fieldset>
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {texts.cancel}
          </Button>
          <Button type="submit" disabled={files.length === 0 || stage === undefined || files.some(isOpen)}>
            {words.act(files.length)}
          </Button>
        </Group>
      </form>
    </Dialog>
  );
}

/** Names that a package has already, with what it is and what would come instead. */
function useTakenNames(files: readonly File[]): ReadonlyMap<string, string> {
  const found = useQueries({
    queries: files.map(({ name }) => ({
      queryKey: ['packages', 'named', name],
      queryFn: () => packageNamed(name),
      staleTime: 0,
    })),
  });
  const taken = new Map<string, string>();
  for (const [index, { name, size }] of files.entries()) {
    const shown = found[index]?.data;
    if (shown?.sha256 == null) continue;
    taken.set(name, texts.uploads.taken(sizeText(shown.sizeBytes ?? 0), shortDigest(shown.sha256), sizeText(size)));
  }
  return taken;
}

async function packageNamed(name: string) {
  try {
    // By `q` and not by the name: a name that is unknown would be a failed request, which it is not.
    const { items } = await api.get('/api/v1/packages', { params: { query: { q: name.normalize('NFC'), limit: 100 } } });
    return items.find(({ filename }) => filename === name.normalize('NFC')) ?? null;
  } catch (error) {
    if (isStatus(error, 422)) return null;
    throw error;
  }
}
