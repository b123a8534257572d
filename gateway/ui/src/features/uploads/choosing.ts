import { createSignal } from '../../api/signal.ts';
import { texts } from '../../texts.ts';
import type { Stage } from '../packages/package-acts.ts';
import { type Dropped, droppedFiles, merged } from './dropped-files.ts';

/** What the dialog of uploads shows; from every page, as files are dropped on every page. */
export type Choice = {
  readonly files: readonly File[];
  /** Chosen before, as of an upload that was refused. */
  readonly stage: Stage | undefined;
  /** What was left out, and why. */
  readonly notes: readonly string[];
};

const changed = createSignal();
let shown: Choice | undefined;

function show(next: Choice | undefined): void {
  shown = next;
  changed.tell();
}

/** The files that somebody chooses now; undefined while nobody does. */
export const choosing = {
  get: () => shown,
  listen: changed.listen,
  /** Opens the dialog, or puts files to those that it shows. */
  open(more: readonly File[] = [], stage?: Stage, notes: readonly string[] = []) {
    const { files, twice } = merged(shown?.files ?? [], more);
    const left = twice.length === 0 ? [] : [texts.uploads.twice(twice.join(', '))];
    show({ files, stage: stage ?? shown?.stage, notes: [...notes, ...left] });
  },
  leaveOut: (file: File) => shown !== undefined && show({ ...shown, files: shown.files.filter((one) => one !== file) }),
  close: () => show(undefined),
};

/** Opens the dialog with what was dropped. */
export async function chooseDropped(items: Iterable<DataTransferItem>): Promise<void> {
  try {
    const dropped = await droppedFiles(items);
    choosing.open(dropped.files, undefined, notesOf(dropped));
  } catch (error) {
    choosing.open([], undefined, [texts.uploads.unreadableFolder(error instanceof Error ? error.message : String(error))]);
  }
}

function notesOf({ files, bundles, hidden }: Dropped): readonly string[] {
  const words = texts.uploads;
  return [
    ...(bundles.length > 0 ? [words.bundles(bundles.join(', '))] : []),
    ...(hidden > 0 ? [words.hidden(hidden)] : []),
    ...(files.length === 0 && bundles.length === 0 ? [words.nothing] : []),
  ];
}
