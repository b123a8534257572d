import { connect, isIP, type Socket, type SocketConstructorOpts } from 'node:net';
import { type ConnectionOptions, connect as connectSecurely } from 'node:tls';
import { chunkSizeBytes } from '@odst/kernel';
import { parseResponseHead, type ResponseHead } from './response-head.ts';

/** Where a connection goes. */
export type PeerOrigin = {
  readonly url: URL;
  /** Certificates to trust, PEM. Default the system's. */
  readonly ca?: readonly string[];
};

/**
 * One HTTP/1.1 connection whose bytes the system writes into the same MiB of memory again and again. Node's own client
 * makes a buffer of each 64 KiB that comes, and V8 collects them: that cost more than everything else of a transfer.
 */
export interface PeerConnection extends Disposable {
  /** False once it is closed: nothing more can be asked of it. */
  readonly open: boolean;
  /** Sends a request and resolves with the head of its answer, 1xx passed over. @throws Error, also the one it was destroyed with */
  ask(request: string): Promise<ResponseHead>;
  /**
   * The next `length` bytes of the body, at most 1 MiB; valid until the next call. Nothing more is read before it.
   * @throws Error, also the one it was destroyed with
   */
  read(length: number): Promise<Buffer>;
  /** True when every byte that came has been read: else what came next would be taken for the next answer. */
  readonly drained: boolean;
  /** Closes it; whoever waits gets the error. */
  destroy(error: Error): void;
}

/** What may come beyond a chunk before reading stops: as much as the system hands over at once. */
const marginBytes = 65_536;

/** Begins to connect; the first {@link PeerConnection.ask} waits for it. */
export function openPeerConnection({ url, ca }: PeerOrigin): PeerConnection {
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
  const socket = dial(url, ca, { onread });
  const fail = (error: Error) => {
    failure ??= error;
    wake?.();
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
    destroy(error) {
      fail(error);
      socket.destroy();
    },
    [Symbol.dispose]() {
      fail(new Error('the connection was closed'));
      socket.destroy();
    },
  };
}

type OnRead = Required<Pick<SocketConstructorOpts, 'onread'>>;

function dial(url: URL, ca: readonly string[] | undefined, onread: OnRead): Socket {
  // IPv6 addresses stand in brackets in a URL, and nowhere else.
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  if (url.protocol !== 'https:') return connect({ host, port: Number(url.port || 80), ...onread });
  const options: ConnectionOptions & OnRead = {
    host,
    port: Number(url.port || 443),
    // An address is no name of a server (RFC 6066 §3); the certificate is checked against the host then.
    servername: isIP(host) === 0 ? host : '',
    ...(ca === undefined ? {} : { ca: [...ca] }),
    ...onread,
  };
  return connectSecurely(options);
}
