import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** An answer as it came over the wire. */
export type RawAnswer = {
  readonly status: number;
  /** Names in lower case; of repeated ones the last. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** The body as JSON; undefined when it is not. */
  readonly json: Record<string, unknown> | undefined;
};

/** A request as it goes over the wire. */
export type RawRequest = {
  /** Default GET. */
  readonly method?: string;
  readonly path: string;
  /** Beside Host and `Connection: close`, over which they win. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
};

/** The head of a request, with the empty line at its end. */
export function headOf({ method = 'GET', path, headers = {} }: RawRequest, port: number): string {
  const all = { Host: `127.0.0.1:${port}`, Connection: 'close', ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`;
}

/** Sends a request with nothing added but the length of its body, and waits for the answer and the end of the connection. */
export async function rawRequest(port: number, request: RawRequest): Promise<RawAnswer> {
  const { body } = request;
  const length = body === undefined ? {} : { 'Content-Length': String(body.length) };
  const head = headOf({ ...request, headers: { ...length, ...request.headers } }, port);
  return rawBytes(port, Buffer.concat([Buffer.from(head, 'latin1'), body ?? Buffer.alloc(0)]));
}

/**
 * Sends any bytes and gives the answer that comes back before the connection ends.
 * @param options.half closes the sending side after the bytes, as a client that ends too early
 */
export async function rawBytes(port: number, bytes: Uint8Array, options: { half?: boolean } = {}): Promise<RawAnswer> {
  const socket = await openSocket(port);
  const answer = readAnswer(socket);
  if (options.half === true) socket.end(bytes);
  else socket.write(bytes);
  return answer;
}

/** A connection; the caller writes to it and ends it. Errors of a connection that the server ends are no failure of a test. */
export async function openSocket(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  await once(socket, 'connect');
  socket.on('error', () => undefined);
  return socket;
}

/** Reads to the end of the connection and parses what came. @throws Error when that is no answer */
export async function readAnswer(socket: Socket): Promise<RawAnswer> {
  const pieces: Buffer[] = [];
  socket.on('data', (piece: Buffer) => pieces.push(piece));
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  socket.once('end', resolve).once('close', resolve);
  await ended;
  socket.destroy();
  return parseAnswer(Buffer.concat(pieces));
}

function parseAnswer(bytes: Buffer): RawAnswer {
  const end = bytes.indexOf('\r\n\r\n');
  const head = bytes.toString('latin1', 0, end);
  const [, status] = /^HTTP\/1\.1 (\d{3})/.exec(head) ?? [];
  if (end < 0 || status === undefined) throw new Error(`no answer but ${JSON.stringify(bytes.toString('latin1', 0, 200))}`);
  const rest = bytes.subarray(end + 4);
  if (status === '100') return parseAnswer(rest);
  const fields = head
    .split('\r\n')
    .slice(1)
    .map((line) => line.split(/: ?(.*)/s, 2));
  const headers = Object.fromEntries(fields.map(([name = '', value = '']) => [name.toLowerCase(), value]));
  return { status: Number(status), headers, body: rest, json: parseJson(rest) };
}

function parseJson(bytes: Buffer): Record<string, unknown> | undefined {
  try {
    return JSON.parse(bytes.toString('utf8')) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}
