import { Readable } from 'node:stream';
import { issueToken, routeOf } from '@odst/api';
import { buildHttpApp } from '@odst/http';
import { OdstError } from '@odst/kernel';
import { createSilentLogger } from '@odst/telemetry';
import { expect, test } from 'vitest';
import { admitByRight } from '../src/admission.ts';

const body = JSON.stringify({ name: 'ci', role: 'viewer' });

/** A route whose caller is shut out while the body of their request is on its way. */
async function post(bodyTakesMs: number) {
  let nowMs = 0;
  let isShutOut = false;
  const app = buildHttpApp({ logger: createSilentLogger(), readiness: () => ({}) });
  const authorize = async () => {
    if (isShutOut) throw new OdstError('REGISTRATION_SESSION_OVER', 'the session has ended');
    return { actor: 'account:eva', role: 'viewer' } as never;
  };
  admitByRight(app, { authorize }, () => nowMs);
  let made = 0;
  app.route({
    ...routeOf(issueToken),
    handler: async () => {
      made += 1;
      throw new OdstError('REGISTRATION_TOKEN_INVALID', 'none is to be made');
    },
  });
  const payload = Readable.from(
    (function* () {
      yield Buffer.from(body.slice(0, 5));
      nowMs += bodyTakesMs;
      isShutOut = true;
      yield Buffer.from(body.slice(5));
    })(),
  );
  const { statusCode } = await app.inject({
    method: 'POST',
    url: '/api/v1/tokens',
    headers: { 'content-type': 'application/json' },
    payload,
  });
  return { statusCode, made };
}

test('who is shut out while a body is held back does nothing with it', async () => {
  expect(await post(60_000)).toEqual({ statusCode: 401, made: 0 });
});

test('a body that comes at once is not asked about twice', async () => {
  expect(await post(100)).toMatchObject({ made: 1 });
});
