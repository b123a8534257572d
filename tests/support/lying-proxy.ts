import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Transform } from 'node:stream';

/** What the proxy does to the answers about one content. */
export type Lie =
  /** Another byte in the second chunk of the content, whichever range it comes with. */
  | 'wrong chunk'
  /** Another byte in the manifest. */
  | 'wrong manifest'
  /** The connection breaks in the middle of a range. */
  | 'broken off'
  /** The beginning of the content, whatever range was asked for. */
  | 'other range'
  /** A page that has nothing to do with it, as captive portals show. */
  | 'page';

/** A proxy between servers that lies about some contents. */
export type LyingProxy = AsyncDisposable & {
  readonly url: string;
  /** Begins to lie about a content. */
  lieAbout(sha256: string, lie: Lie): void;
  /** How often it lied about a content. */
  told(sha256: string): number;
  /** From now on it tells the truth. */
  repent(): void;
};

const chunkBytes = 1_048_576;
const html = '<html><body>Please log in to the hotel network</body></html>';

/** Starts a proxy in front of the server at a port of this machine. */
export async function startLyingProxy(targetPort: number): Promise<LyingProxy> {
  const lies = new Map<string, Lie>();
  const told = new Map<string, number>();
  const server = createServer((incoming, outgoing) => {
    const [, sha256 = '', manifest] = /^\/api\/ods\/v1\/blobs\/([0-9a-f]{64})(\/manifest)?$/.exec(incoming.url ?? '') ?? [];
    const lie = lies.get(sha256);
    const applies = lie !== undefined && (lie === 'wrong manifest') === (manifest !== undefined);
    if (applies) told.set(sha256, (told.get(sha256) ?? 0) + 1);
    forward(targetPort, incoming, outgoing, applies ? lie : undefined);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    lieAbout: (sha256, lie) => void lies.set(sha256, lie),
    told: (sha256) => told.get(sha256) ?? 0,
    repent: () => lies.clear(),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function forward(port: number, incoming: IncomingMessage, outgoing: ServerResponse, lie: Lie | undefined): void {
  if (lie === 'page') {
    outgoing.writeHead(200, { 'Content-Type': 'text/html' }).end(html);
    return;
  }
  const headers = { ...incoming.headers };
  const asked = /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? '');
  if (lie === 'other range' && asked !== null) headers.range = `bytes=0-${Number(asked[2]) - Number(asked[1])}`;
  const sent = request({ host: '127.0.0.1', port, method: incoming.method, path: incoming.url, headers }, (answer) => {
    const told = { ...answer.headers };
    if (lie === 'other range') told['content-range'] = `bytes ${asked?.[1]}-${asked?.[2]}/*`;
    outgoing.writeHead(answer.statusCode ?? 502, told);
    answer.pipe(twisting(lie, Number(asked?.[1] ?? 0), () => outgoing.destroy())).pipe(outgoing);
  });
  sent.on('error', () => outgoing.destroy());
  outgoing.on('close', () => sent.destroy());
  incoming.pipe(sent);
}

/** Passes bytes on, changed as the lie wants it. */
function twisting(lie: Lie | undefined, start: number, breakOff: () => void): Transform {
  const wrongAt = lie === 'wrong chunk' ? chunkBytes + 5 - start : 7;
  let position = 0;
  return new Transform({
    transform(piece: Buffer, _encoding, done) {
      const at = wrongAt - position;
      position += piece.length;
      if ((lie === 'wrong chunk' || lie === 'wrong manifest') && at >= 0 && at < piece.length)
        piece[at] = ~(piece[at] ?? 0) & 0xff;
      if (lie === 'broken off' && position > 100_000) breakOff();
      done(null, piece);
    },
  });
}
