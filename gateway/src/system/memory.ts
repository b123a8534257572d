import { freemem, totalmem } from 'node:os';

/** Memory of the host, or of the container where one limits it. */
export type Memory = { readonly totalBytes: number; readonly availableBytes: number; readonly usedBytes: number };

/** Reads the memory now. */
export function readMemory(): Memory {
  const host = totalmem();
  const limit = process.constrainedMemory();
  // Without a limit the system reports 0 or a number beyond the memory that there is.
  const limited = limit > 0 && limit < host;
  const totalBytes = limited ? limit : host;
  const availableBytes = Math.min(totalBytes, limited ? process.availableMemory() : freemem());
  return { totalBytes, availableBytes, usedBytes: totalBytes - availableBytes };
}
