import { OdstError } from '@odst/kernel';
import type { UploadDeps } from './commit-upload.ts';
import { beginUpload, type UploadSession, type UploadStart } from './upload-session.ts';

/** All uploads of this process. Disposing waits for those under way to end; whoever reads their bodies ends them. */
export interface Uploads extends AsyncDisposable {
  /** Begins an upload. @throws OdstError STORAGE_DISK_FULL; COMMON_SERVICE_UNAVAILABLE when the server stops */
  begin(start: UploadStart): Promise<UploadSession>;
  /** Ids of those under way. */
  readonly live: ReadonlySet<string>;
}

/** Builds them. */
export function createUploads<Transaction>(deps: UploadDeps<Transaction>): Uploads {
  const live = new Set<string>();
  const ends = new Set<Promise<void>>();
  let stopped = false;
  return {
    live,
    async begin(start) {
      if (stopped) throw new OdstError('COMMON_SERVICE_UNAVAILABLE', 'the server is stopping');
      const ended = Promise.withResolvers<void>();
      ends.add(ended.promise);
      const end = () => {
        ends.delete(ended.promise);
        ended.resolve();
      };
      let session: UploadSession;
      try {
        session = await beginUpload(deps, live, start);
      } catch (error) {
        end();
        throw error;
      }
      return {
        ...session,
        async [Symbol.asyncDispose]() {
          await session[Symbol.asyncDispose]();
          end();
        },
      };
    },
    async [Symbol.asyncDispose]() {
      stopped = true;
      await Promise.all(ends);
    },
  };
}
