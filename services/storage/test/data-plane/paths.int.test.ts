import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type DataPlaneFixture, startDataPlaneFixture, uploadFile } from './data-plane-fixture.ts';

let plane: DataPlaneFixture;
beforeAll(async () => {
  plane = await startDataPlaneFixture();
  expect((await uploadFile(plane.url, 'Tool.pkg', Buffer.from('0123456789'))).status).toBe(201);
});
afterAll(() => plane[Symbol.asyncDispose]());

/** All that comes back for a head whose body waits for 100. */
async function answerTo(method: string, path: string): Promise<string> {
  const socket = connect(plane.port, '127.0.0.1').setEncoding('latin1');
  let received = '';
  socket.on('data', (text: string) => {
    received += text;
  });
  const length = 'Content-Length: 200000000\r\nContent-Type: multipart/form-data; boundary=x';
  socket.write(`${method} ${path} HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n${length}\r\n\r\n`);
  await once(socket, 'close');
  return received;
}

test.each([
  ['PUT', '/Packages/Tool.pkg', 405],
  ['PUT', '/api/admin/upload', 405],
  ['PUT', '//api//admin/upload//Tool.pkg', 405],
  ['POST', '/nothing', 404],
])('%s %s is refused before its body is asked for', async (method, path, status) => {
  expect(await answerTo(method, path)).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
});

test.each(['//api/admin//upload', '/api/admin/upload/', '/%61pi/admin/packages', 'http://any.example//api/admin/upload'])(
  'an upload to %s is refused before its body is asked for, too',
  async (path) => {
    plane.allowStages(undefined);
    expect(await answerTo('POST', path)).toMatch(/^HTTP\/1\.1 401 /);
    plane.allowStages(['Prod']);
  },
);

test.each(['//Packages//Tool.pkg', '/share/Tool.pkg/', '/Packages/%54ool.pkg', 'http://any.example/share//Tool.pkg'])(
  '%s is a download with all that belongs to one',
  async (path) => {
    const socket = connect(plane.port, '127.0.0.1').setEncoding('latin1');
    socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nRange: bytes=2-4\r\nConnection: close\r\n\r\n`);
    const [text] = (await Promise.all([socket.toArray(), once(socket, 'close')])) as [string[], unknown];
    expect(text.join('')).toMatch(/^HTTP\/1\.1 206 .*content-range: bytes 2-4\/10\r\n.*\r\n\r\n234$/s);
  },
);
