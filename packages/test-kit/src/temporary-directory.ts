import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder of its own for one test. */
export interface TemporaryDirectory extends AsyncDisposable {
  /** Real path, without symbolic links. */
  readonly path: string;
}

/** Makes an empty folder, readable by this user only; disposing removes it with all that is in it. */
export async function temporaryDirectory(): Promise<TemporaryDirectory> {
  const path = await mkdtemp(join(await realpath(tmpdir()), 'odst-test-'));
  return {
    path,
    // What a killed program left running may still write there: with ever longer pauses, 10 s in all.
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 }),
  };
}
