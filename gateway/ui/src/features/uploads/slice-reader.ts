import type { FileReader, FileSource } from 'tus-js-client';
import { texts } from '../../texts.ts';
import { UploadStop } from './upload-failure.ts';

/** Asked before a slice is read; throws where it is not to be sent. @param isLast with it the server makes the file a package */
export type BeforeSlice = (isLast: boolean) => Promise<void>;

/**
 * Reads a file a slice at a time, each into memory before it is sent: Safari never ends a request whose body is a slice of a file, and
 * a file of 12 GB takes no more than a slice.
 */
export const createSliceReader = (before: BeforeSlice): FileReader => ({
  async openFile(input): Promise<FileSource> {
    if (!(input instanceof File)) throw new TypeError('only files are uploaded');
    return {
      size: input.size,
      async slice(start, end) {
        const done = end >= input.size;
        await before(done);
        const value = new Blob([await bytesOf(input, start, Math.min(end, input.size))]);
        return { value, size: value.size, done };
      },
      close: () => undefined,
    };
  },
});

/** @throws UploadStop where the file was changed since it was chosen, or is gone: the browser does not read it any more */
export async function bytesOf(file: File, start: number, end: number): Promise<ArrayBuffer> {
  let bytes: ArrayBuffer;
  try {
    bytes = await file.slice(start, end).arrayBuffer();
  } catch {
    throw unreadable(file);
  }
  if (bytes.byteLength !== end - start) throw unreadable(file);
  return bytes;
}

function unreadable({ name }: File): UploadStop {
  const { title, detail } = texts.uploads.unreadable;
  return new UploadStop('stopped', title, detail(name));
}
