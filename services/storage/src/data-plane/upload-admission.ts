import { OdstError } from '@odst/kernel';

/** What a client that finds the server full is told to wait. */
const retryAfterSeconds = 10;

/** Lets one upload in, until disposed. @throws OdstError STORAGE_UPLOADS_BUSY */
export type Admission = () => Disposable;

/** Counts what is read at once, whichever way it comes. */
export function createAdmission(uploadsAtOnce: number): Admission {
  let inside = 0;
  return () => {
    if (inside >= uploadsAtOnce) {
      const why = `${uploadsAtOnce} uploads are under way, and this server reads no more at once`;
      throw new OdstError('STORAGE_UPLOADS_BUSY', `${why}; try again in ${retryAfterSeconds} s`, { retryAfterSeconds });
    }
    inside += 1;
    return {
      [Symbol.dispose]() {
        inside -= 1;
      },
    };
  };
}
