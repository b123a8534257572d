import type { FileReader, FileSource } from 'tus-js-client';

/**
 * Reads a file a slice at a time, each into memory before it is sent: Safari never ends a request whose body is a slice of a file, and
 * a file of 12 GB takes no more than a slice.
 */
export const sliceReader: FileReader = {
  async openFile(input): Promise<FileSource> {
    if (!(input instanceof Blob)) throw new TypeError('only files are uploaded');
    return {
      size: input.size,
      async slice(start, end) {
        const part = input.slice(start, Math.min(end, input.size));
        // A file that changed since it was chosen cannot be read any more, and says so here.
        const value = new Blob([await part.arrayBuffer()]);
        return { value, size: value.size, done: end >= input.size };
      },
      close: () => undefined,
    };
  },
};
