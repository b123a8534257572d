import { Readable } from 'node:stream';
import { OdstError } from '@odst/kernel';
import { createFormSplitter, type FormPiece } from './form-splitter.ts';

/** A part of a form while it comes. */
export type FormPart = {
  /** Its headers, without the empty line behind them. */
  readonly head: Buffer;
  /** The first four bytes of the body, or all of a shorter one, as soon as they are there. The body has them too. */
  readonly opening: Promise<Buffer>;
  readonly body: Readable;
};

/** Of {@link readParts}. */
export type FormReading = {
  /** As the Content-Type names it. */
  readonly boundary: string;
  /** Bytes of a body that may wait for its reader before the sender is held up. */
  readonly blockBytes: number;
};

const openingBytes = 4;

/**
 * Reads a form and gives its parts in their order. A part's body is to be read to its end before the next part is asked
 * for. Whoever stops early leaves the source paused, with the rest in it.
 * @throws OdstError COMMON_REQUEST_MALFORMED, COMMON_CONTENT_TOO_LARGE, STORAGE_UPLOAD_TRUNCATED; the body under way fails with it too
 */
export async function* readParts(
  source: Readable,
  { boundary, blockBytes }: FormReading,
): AsyncGenerator<FormPart, void, undefined> {
  const waiting: FormPart[] = [];
  let current: PartWriter | undefined;
  let ended = false;
  let failure: { readonly error: unknown } | undefined;
  let wake = Promise.withResolvers<void>();

  const take = (piece: FormPiece) => {
    if (piece.type === 'head') {
      current = createPart(piece.bytes, blockBytes, () => source.resume());
      waiting.push(current.part);
      wake.resolve();
    } else if (piece.type === 'body') {
      if (current?.write(piece.bytes) === false) source.pause();
    } else {
      current?.end();
      current = undefined;
    }
  };
  const splitter = createFormSplitter(boundary, take);

  const fail = (error: unknown) => {
    if (failure !== undefined) return;
    failure = { error };
    source.pause();
    current?.fail(error);
    wake.resolve();
  };
  const orFail = (step: () => void) => {
    if (failure !== undefined) return;
    try {
      step();
    } catch (error) {
      fail(error);
    }
  };
  const onData = (bytes: Buffer) => orFail(() => splitter.push(bytes));
  const onEnd = () =>
    orFail(() => {
      splitter.end();
      ended = true;
      wake.resolve();
    });
  const onError = (cause?: unknown) =>
    fail(new OdstError('STORAGE_UPLOAD_TRUNCATED', 'the body ended before the form was complete', {}, { cause }));
  const onClose = () => {
    if (!ended) onError();
  };
  source.on('data', onData).on('end', onEnd).on('error', onError).on('close', onClose);
  if (source.destroyed) onClose();
  try {
    for (;;) {
      const part = waiting.shift();
      if (part !== undefined) {
        yield part;
        continue;
      }
      if (failure !== undefined) throw failure.error;
      if (ended) return;
      wake = Promise.withResolvers<void>();
      source.resume();
      await wake.promise;
    }
  } finally {
    source.pause();
    source.off('data', onData).off('end', onEnd).off('close', onClose);
    // An error of an abandoned request is nobody's any more, but without a listener it would end the process.
    source.on('error', () => undefined).off('error', onError);
  }
}

/** The end of a part at which it is written. */
interface PartWriter {
  readonly part: FormPart;
  /** False when the reader has enough for now. */
  write(bytes: Buffer): boolean;
  end(): void;
  fail(error: unknown): void;
}

function createPart(head: Buffer, blockBytes: number, onDrain: () => void): PartWriter {
  const body = new Readable({ highWaterMark: blockBytes, read: onDrain });
  const opening = Promise.withResolvers<Buffer>();
  // Both may fail before, or without, anybody looking at them.
  body.on('error', () => undefined);
  opening.promise.catch(() => undefined);
  let first = Buffer.alloc(0);
  const open = (bytes: Buffer) => {
    if (first.length >= openingBytes) return;
    first = Buffer.concat([first, bytes.subarray(0, openingBytes - first.length)]);
    if (first.length === openingBytes) opening.resolve(first);
  };
  return {
    part: { head, opening: opening.promise, body },
    write(bytes) {
      open(bytes);
      return body.push(bytes);
    },
    end() {
      opening.resolve(first);
      body.push(null);
    },
    fail(error) {
      opening.reject(error);
      body.destroy(error as Error);
    },
  };
}
