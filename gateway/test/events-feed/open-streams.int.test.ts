import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import Fastify from 'fastify';
import { expect, onTestFinished, test } from 'vitest';
import { createOpenStreams } from '../../src/events-feed/open-streams.ts';

test('a reader that is gone before its stream begins takes no place of its caller', async () => {
  const app = Fastify();
  const streams = createOpenStreams(app, 1);
  onTestFinished(() => app.close());
  const begun = Promise.withResolvers<ServerResponse>();
  const [left, added] = [Promise.withResolvers<void>(), Promise.withResolvers<boolean>()];
  app.get('/slow', async (_request, reply) => {
    begun.resolve(reply.raw);
    await left.promise;
    added.resolve(streams.add(reply, 'account:eva').aborted);
    return 'x';
  });
  app.get('/', async (_request, reply) => streams.add(reply, 'account:eva').aborted);
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  const client = connect((app.server.address() as AddressInfo).port, '127.0.0.1');
  client.write('GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n');
  const closed = once(await begun.promise, 'close');
  client.resetAndDestroy();
  await closed;
  left.resolve();
  expect(await added.promise).toBe(true);
  const answer = await fetch(url);
  expect([answer.status, await answer.text()]).toEqual([200, 'false']);
});
