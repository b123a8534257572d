import { expect, test } from 'vitest';
import { activeTraceId, activeTraceparent, inSpan, isTracing, requestInSpan, streamInSpan } from '../../src/index.ts';

test('where nothing is recorded, work runs as it is and no trace is sent along', async () => {
  expect(isTracing()).toBe(false);
  const inside = await inSpan({ name: 'work' }, async (span) => [span, activeTraceId(), activeTraceparent()]);
  expect(inside).toEqual([undefined, '', '']);
  const url = new URL('http://peer.example/');
  expect(
    await requestInSpan(
      { method: 'GET', url },
      async (headers) => headers,
      () => 200,
    ),
  ).toEqual({});
  async function* two() {
    yield* [1, 2];
  }
  expect(await Array.fromAsync(streamInSpan({ name: 'stream' }, two))).toEqual([1, 2]);
});
