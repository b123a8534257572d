import { backgroundTimers } from '@odst/async';
import { chunkSizeBytes } from '@odst/kernel';
import { parseResponseHead, type ResponseHead } from './response-head.ts';
import { keptMs, type TrustedSockets } from './trusted-sockets.ts';

/**
 * One HTTP/1.1 connection whose bytes the system writes into the same MiB of memory again and again. Node's own client
 * makes a buffer of each 64 KiB that comes, and V8 collects them: that cost more than everything else of a transfer.
 */
export interface RangeConnection extends Disposable {
  /** False once it is closed: nothing more can be asked of it. */
  readonly open: boolean;
  /** Sends a request and resolves with the head of its answer, 1xx passed over. @throws Error when the connection ends */
  ask(request: string): Promise<ResponseHead>;
  /**
   * The next `length` bytes of the body, at most 1 MiB; valid until the next call. Nothing more is read before it.
   * @throws Error when the connection ends, or the one it was destroyed with
   */
  read(length: number): Promise<Buffer>;
  /** True when every byte that came has been read: else what came next would be taken for the next answer. */
  readonly drained: boolean;
  /** Closes it; whoever waits gets the error. */
  destroy(error: Error): void;
}

/** What may come beyond a chunk before reading stops: as much as the system hands over at once. */
const marginBytes = 65_536;

/** Begins to connect; the first {@link RangeConnection.ask} waits for it. */
function openRangeConnection({ dial }: TrustedSockets, url: URL): RangeConnection {
  const stopBytes = chunkSizeBytes + marginBytes;
  const memory = Buffer.allocUnsafeSlow(stopBytes + marginBytes);
  /** Bytes in memory, from its beginning, of which the first `used` are done with. */
  let filled = 0;
  let used = 0;
  let failure: Error | undefined;
  let wake: (() => void) | undefined;

  const onread = {
    // Asked right after each read for the place of the next one, also when reading stops: then it is the margin at the end.
    buffer: () => (filled < chunkSizeBytes ? memory.subarray(filled, stopBytes) : memory.subarray(stopBytes)),
    callback: (bytes: number, place: Uint8Array) => {
      // What was done with meanwhile left the memory, and the place no longer follows what is there.
      if (place.byteOffset !== filled) memory.copyWithin(filled, place.byteOffset, place.byteOffset + bytes);
      filled += bytes;
      wake?.();
      return filled < chunkSizeBytes;
    },
  };
  const socket = dial(url, onread);
  const fail = (error: Error) => {
    failure ??= error;
    wake?.();
  };
  const destroy = (error: Error) => {
    fail(error);
    socket.destroy();
  };
  socket.on('error', fail).on('close', () => fail(new Error('the connection was closed')));
  socket.setNoDelay(true).resume();

  /** Resolves when `enough` bytes lie in memory behind those that are done with. */
  const have = async (enough: number): Promise<void> => {
    if (used > 0) {
      memory.copyWithin(0, used, filled);
      filled -= used;
      used = 0;
      if (filled < chunkSizeBytes) socket.resume();
    }
    while (filled < enough) {
      if (failure !== undefined) throw failure;
      const { promise, resolve } = Promise.withResolvers<void>();
      wake = resolve;
      await promise;
      wake = undefined;
    }
  };

  return {
    get open() {
      return failure === undefined;
    },
    get drained() {
      return used === filled;
    },
    async ask(request) {
      socket.write(request, 'latin1');
      for (let seen = 0; ; ) {
        await have(seen + 1);
        const head = parseResponseHead(memory.subarray(0, filled));
        if (head === undefined) seen = filled;
        else {
          used = head.length;
          seen = 0;
          if (head.statusCode >= 200) return head;
        }
      }
    },
    async read(length) {
      await have(length);
      used = length;
      return memory.subarray(0, length);
    },
    destroy,
    [Symbol.dispose]: () => destroy(new Error('the connection was closed')),
  };
}

/** Connections to peers that carry ranges of blobs. Disposing closes those that are kept; those in use are their users'. */
export interface RangeConnections extends Disposable {
  /** One that is free, or a new one. */
  take(url: URL): { readonly connection: RangeConnection; readonly reused: boolean };
  /** Keeps one for the next request to the same origin. */
  giveBack(url: URL, connection: RangeConnection): void;
}

type Kept = { readonly origin: string; readonly connection: RangeConnection; readonly timer: Disposable };

/** Builds the store. */
export function createRangeConnections(sockets: TrustedSockets): RangeConnections {
  const kept = new Set<Kept>();
  let disposed = false;
  const remove = (one: Kept): RangeConnection => {
    kept.delete(one);
    one.timer[Symbol.dispose]();
    return one.connection;
  };

  return {
    take(url) {
      for (const one of kept) {
        if (one.origin !== url.origin) continue;
        const connection = remove(one);
        if (connection.open && connection.drained) return { connection, reused: true };
        connection[Symbol.dispose]();
      }
      return { connection: openRangeConnection(sockets, url), reused: false };
    },
    giveBack({ origin }, connection) {
      if (disposed) {
        connection[Symbol.dispose]();
        return;
      }
      const timer = backgroundTimers.after(keptMs, () => remove(one)[Symbol.dispose]());
      const one: Kept = { origin, connection, timer };
      kept.add(one);
    },
    [Symbol.dispose]() {
      disposed = true;
      for (const one of kept) remove(one)[Symbol.dispose]();
    },
  };
}
