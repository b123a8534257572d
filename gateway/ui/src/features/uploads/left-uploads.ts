import { queryOptions } from '@tanstack/react-query';
import { api, isStatus, type Shape } from '../../api/client.ts';
import { matchOf } from './file-identity.ts';
import { createOtherTabs } from './other-tabs.ts';
import type { ChosenFile, UploadItem } from './upload-item.ts';

/** An upload of this account that the server still has, and that this tab does not send. */
export type LeftUpload = Shape<'ResumableUpload'>;

/** What the other tabs of this browser send. */
export const otherTabs = createOtherTabs();

const unfinished = { unfinished: 'true', own: 'true', limit: 1_000 } as const;

/** The unfinished uploads of who is signed in. One account has 200 at most. */
export const leftQuery = queryOptions({
  queryKey: ['uploads', 'unfinished'],
  queryFn: async ({ signal }) => {
    otherTabs.ask();
    return (await api.get('/api/v1/uploads', { params: { query: unfinished }, signal })).items;
  },
});

/** Those that are not on their way from this tab. @param ended here */
export function leftOf(
  all: readonly LeftUpload[],
  items: readonly UploadItem[],
  ended: ReadonlySet<string>,
): readonly LeftUpload[] {
  const isOwn = (left: LeftUpload) =>
    items.some(({ id, state, filename, sizeBytes, stage }) =>
      // The server tells the list before this tab knows the id.
      id === undefined && state === 'sending'
        ? left.filename === filename && left.sizeBytes === sizeBytes && left.stage === stage
        : id === left.id,
    );
  return all.filter((left) => !ended.has(left.id) && !isOwn(left));
}

/** Has files go on from where an earlier visit of the page stopped, where the server still has the same file for the same stage. */
export async function withLeft(files: readonly ChosenFile[]): Promise<readonly ChosenFile[]> {
  let left: readonly LeftUpload[];
  try {
    left = (await api.get('/api/v1/uploads', { params: { query: unfinished } })).items;
  } catch {
    // They begin anew then: whatever is wrong is told there.
    return files;
  }
  return Promise.all(
    files.map(async (chosen) => {
      const fits = left.filter(
        ({ id, stage, replace, state }) =>
          stage === chosen.stage && replace === chosen.replace && state === 'receiving' && !otherTabs.get().has(id),
      );
      for (const one of fits)
        if (await isSameFile(chosen.file, one)) return { ...chosen, id: one.id, sentBytes: one.offsetBytes };
      return chosen;
    }),
  );
}

async function isSameFile(file: File, left: LeftUpload): Promise<boolean> {
  try {
    return (await matchOf(file, left)) === 'same';
  } catch {
    // It cannot be read now: it begins anew, and what is wrong with it is told there.
    return false;
  }
}

/** Has the server forget what it has of an upload; one that it does not know any more is forgotten already. */
export async function forgetUpload(id: string): Promise<void> {
  try {
    await api.delete('/api/v1/uploads/{id}', { params: { path: { id }, header: { 'tus-resumable': '1.0.0' } } });
  } catch (error) {
    if (!isStatus(error, 404) && !isStatus(error, 410)) throw error;
  }
}
