import { expect, test } from 'vitest';
import { droppedFiles, merged } from '../src/features/uploads/dropped-files.ts';

const file = (name: string, text = name) => new File([text], name, { lastModified: 1_000 });

type Tree = { readonly [name: string]: Tree | string };

/** A folder as browsers tell of it: some at a time, until there is nothing more. */
function entryOf(name: string, content: Tree | string): FileSystemEntry {
  if (typeof content === 'string') {
    const entry = { name, isDirectory: false, file: (done: (one: File) => void) => done(file(name, content)) };
    return entry as unknown as FileSystemEntry;
  }
  const left = Object.entries(content).map(([child, of]) => entryOf(child, of));
  const createReader = () => ({ readEntries: (done: (some: FileSystemEntry[]) => void) => done(left.splice(0, 2)) });
  return { name, isDirectory: true, createReader } as unknown as FileSystemEntry;
}

const item = (entry: FileSystemEntry | null, own: File | null = null) =>
  ({ kind: 'file', webkitGetAsEntry: () => entry, getAsFile: () => own }) as unknown as DataTransferItem;

test('takes all files of a folder and the folders in it, and leaves hidden ones out', async () => {
  const tree = { 'a.pkg': 'a', '.DS_Store': 'x', sub: { 'b.pkg': 'b', 'c.dmg': 'c', deep: { '._d.pkg': 'y', 'd.zip': 'd' } } };
  const { files, hidden } = await droppedFiles([item(entryOf('share', tree))]);
  expect(files.map(({ name }) => name).sort()).toEqual(['a.pkg', 'b.pkg', 'c.dmg', 'd.zip']);
  expect(hidden).toBe(2);
});

test('takes no folder that is a package itself, and says its name', async () => {
  const { files, bundles } = await droppedFiles([
    item(entryOf('Office.mpkg', { Contents: { 'x.pkg': 'x' } })),
    item(entryOf('plain.pkg', 'bytes')),
    item(entryOf('share', { 'Old.pkg': { 'y.pkg': 'y' } })),
  ]);
  expect(files.map(({ name }) => name)).toEqual(['plain.pkg']);
  expect(bundles).toEqual(['Office.mpkg', 'Old.pkg']);
});

test('takes files where the browser tells of no entries, and nothing that is no file', async () => {
  const text = { kind: 'string' } as DataTransferItem;
  const { files } = await droppedFiles([text, item(null, file('a.pkg')), item(null)]);
  expect(files.map(({ name }) => name)).toEqual(['a.pkg']);
});

test('takes the same file once, and of two others with one name the first', () => {
  const one = file('a.pkg');
  const { files, twice } = merged([one], [file('a.pkg'), file('b.pkg'), file('a.pkg', 'longer than it')]);
  expect(files.map(({ name }) => name)).toEqual(['a.pkg', 'b.pkg']);
  expect(files[0]).toBe(one);
  expect(twice).toEqual(['a.pkg']);
});
