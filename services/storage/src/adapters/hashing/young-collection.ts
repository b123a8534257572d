import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

type Collect = (options: { readonly type: 'minor' }) => void;

/** Bytes of transfers between two collections: so much of dead buffers is the most that is kept. */
const everyBytes = 8 * 1_048_576;

/**
 * Frees the buffers that sockets filled, once for every 8 MiB that went through; to be called with what goes through.
 *
 * Their memory lies outside V8's heap, and V8 answers its growth with collections of the whole heap, about sixteen for
 * each GiB: in a server with 60 MB of objects that cost as much as hashing. The buffers die young, so collecting the
 * young generation alone, in a third of a millisecond, frees them all. V8 has no setting for that, only this function.
 */
export function createYoungCollection(): (bytes: number) => void {
  setFlagsFromString('--expose-gc');
  // Else a job of its own frees them, which on busy processors comes too late: V8 believes that they are in use.
  setFlagsFromString('--no-concurrent-array-buffer-sweeping');
  const collect = runInNewContext('globalThis.gc') as Collect | undefined;
  let bytesSince = 0;
  return (bytes) => {
    bytesSince += bytes;
    if (bytesSince < everyBytes) return;
    bytesSince = 0;
    collect?.({ type: 'minor' });
  };
}
