/** What somebody dropped: files, those of folders too. */
export type Dropped = {
  readonly files: readonly File[];
  /** Names of folders that are packages themselves, as Macs show them. */
  readonly bundles: readonly string[];
  /** Hidden files of folders, as `.DS_Store`. */
  readonly hidden: number;
};

/** The part of an entry of the File and Directory Entries API that is looked at. */
type Entry = Pick<FileSystemEntry, 'name' | 'isDirectory'>;

const isBundle = (name: string) => /\.(?:m?pkg|app|bundle|dist)$/i.test(name);

/**
 * Reads what was dropped, folders to their ends.
 * @param items of the event; they are looked at before this returns, as browsers empty them then
 * @throws DOMException where a folder cannot be read
 */
export async function droppedFiles(items: Iterable<DataTransferItem>): Promise<Dropped> {
  const entries: (Entry | File)[] = [];
  for (const item of items) {
    if (item.kind !== 'file') continue;
    const entry = item.webkitGetAsEntry() ?? item.getAsFile();
    if (entry !== null) entries.push(entry);
  }
  const found = { files: [] as File[], bundles: [] as string[], hidden: 0 };
  for (const entry of entries) {
    if (entry instanceof File) found.files.push(entry);
    else await walk(entry, found, false);
  }
  return found;
}

async function walk(entry: Entry, found: { files: File[]; bundles: string[]; hidden: number }, isInside: boolean): Promise<void> {
  if (entry.isDirectory) {
    if (isBundle(entry.name)) {
      found.bundles.push(entry.name);
      return;
    }
    for (const one of await entriesOf(entry as FileSystemDirectoryEntry)) await walk(one, found, true);
    return;
  }
  // Who drops a hidden file by itself means it.
  if (isInside && entry.name.startsWith('.')) {
    found.hidden += 1;
    return;
  }
  found.files.push(await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject)));
}

/** All of a folder: browsers tell of 100 at a time. */
async function entriesOf(folder: FileSystemDirectoryEntry): Promise<readonly FileSystemEntry[]> {
  const reader = folder.createReader();
  const all: FileSystemEntry[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return all;
    all.push(...some);
  }
}

/** Puts files to those that were chosen before. The same file again is one; of others with its name the first counts. */
export function merged(
  files: readonly File[],
  more: readonly File[],
): { readonly files: readonly File[]; readonly twice: readonly string[] } {
  const byName = new Map(files.map((file) => [file.name.normalize('NFC'), file]));
  const twice = new Set<string>();
  for (const file of more) {
    const name = file.name.normalize('NFC');
    const known = byName.get(name);
    if (known === undefined) byName.set(name, file);
    else if (known.size !== file.size || known.lastModified !== file.lastModified) twice.add(name);
  }
  return { files: [...byName.values()], twice: [...twice] };
}
