import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { createVirtualTime } from '@odst/async/testing';
import { eventually } from '@odst/testing';
import fastify from 'fastify';
import { expect, test } from 'vitest';
import { refuseLateBodies } from '../src/body-deadline.ts';

test('a body that does not come is refused after five minutes, and one that does is taken', async () => {
  const timers = createVirtualTime();
  const app = fastify({ forceCloseConnections: true });
  refuseLateBodies(app, 300_000, timers);
  let begun = 0;
  app.addHook('preParsing', async () => {
    begun += 1;
  });
  app.post('/', () => 'taken');
  await app.listen({ host: '127.0.0.1', port: 0 });
  const send = async (body: string) => {
    const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1').setEncoding('latin1');
    const answer = once(socket, 'data').then(([text]) => String(text));
    socket.write(`POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n${body}`);
    const before = begun;
    await eventually(() => begun > before);
    return { socket, answer };
  };

  const late = await send('{');
  const slow = await send('{');
  await timers.pass(290_000);
  slow.socket.write('}');
  expect(await slow.answer).toMatch(/^HTTP\/1\.1 200 /);
  await timers.pass(20_000);
  const refusal = await late.answer;
  expect(refusal).toMatch(/^HTTP\/1\.1 400 /);
  expect(refusal).toContain('the body of the request did not come within 300 s');
  await app.close();
});
