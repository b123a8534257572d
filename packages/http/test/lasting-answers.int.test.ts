import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import Fastify from 'fastify';
import { expect, onTestFinished, test } from 'vitest';
import { answerHalfClosed } from '../src/half-closed.ts';
import { createLastingAnswers } from '../src/lasting-answers.ts';

/** A request whose client goes, as a test says, before its answer begins to last. */
async function goneEarly(leave: (client: ReturnType<typeof connect>, answer: ServerResponse) => Promise<unknown>) {
  const app = Fastify();
  answerHalfClosed(app);
  const lasting = createLastingAnswers(app);
  onTestFinished(() => app.close());
  const begun = Promise.withResolvers<ServerResponse>();
  const [left, seen] = [Promise.withResolvers<void>(), Promise.withResolvers<boolean>()];
  app.get('/', async (_request, reply) => {
    begun.resolve(reply.raw);
    await left.promise;
    seen.resolve(lasting(reply).aborted);
    return 'x';
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const client = connect((app.server.address() as AddressInfo).port, '127.0.0.1').resume();
  client.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await leave(client, await begun.promise);
  left.resolve();
  return await seen.promise;
}

test('an answer does not begin to last for a client that is gone, or has closed its side', async () => {
  const reset = goneEarly((client, answer) => {
    const closed = once(answer, 'close');
    client.resetAndDestroy();
    return closed;
  });
  expect(await reset).toBe(true);
  const halfClosed = goneEarly((client, { socket }) => {
    const ended = socket === null ? Promise.resolve() : once(socket, 'end');
    client.end();
    return ended;
  });
  expect(await halfClosed).toBe(true);
});
