import { once } from 'node:events';
import { buildHttpApp, type HttpApp, type Principal } from '@odst/http';
import { createSilentLogger } from '@odst/telemetry';
import { expect, test } from 'vitest';
import type { ResumableUploadState } from '../../src/app/ports.ts';
import type { ResumableUploads } from '../../src/app/resumable/resumable-uploads.ts';
import { tusRoutes } from '../../src/data-plane/tus-routes.ts';
import { metadataOf } from './tus-client.ts';

const id = '01234567-89ab-4cde-8f01-23456789abcd';
const tus = { 'tus-resumable': '1.0.0' };
const upload: ResumableUploadState = {
  ...{ uploadId: id, owner: 'bob', filename: 'tool.pkg', replace: false, replaces: '', metadata: '' },
  stage: 'Prod',
  status: 'started',
  ...{ sizeBytes: 1_000, durableBytes: 10, wantedSha256: undefined, end: undefined, sha256: undefined, sha1: undefined },
  ...{ createdAt: new Date(0), lastByteAt: new Date(0), expiresAt: new Date(1_000) },
};

/** The routes over uploads of which nothing is kept. @param stages of the right of whoever asks */
async function routesOver(uploads: Partial<ResumableUploads>, stages: readonly string[]): Promise<HttpApp> {
  const app = buildHttpApp({ logger: createSilentLogger(), readiness: () => ({}) });
  const who = { username: 'bob', role: 'admin', actor: 'account:bob', remoteAddress: '', causationId: '', traceparent: '' };
  const principal: Principal = { ...who, stages, ownStages: stages, sessionId: '', tokenId: '', correlationId: 'c' };
  await app.register(async (scope: HttpApp) =>
    tusRoutes(scope, {
      authorizer: { authorize: async () => principal },
      resumableUploads: uploads as ResumableUploads,
      admit: () => ({ [Symbol.dispose]: () => undefined }),
      allowedExtensions: ['pkg'],
      maxUploadBytes: 1_000_000,
      stopping: new AbortController().signal,
      clock: { now: () => new Date(0) },
    }),
  );
  await app.ready();
  return app;
}

test.each(['HEAD', 'DELETE', 'PATCH'] as const)('%s disturbs no upload to a stage that the right is not for', async (method) => {
  const disturbed: string[] = [];
  const turn = { decide: () => undefined, [Symbol.dispose]: () => undefined };
  const uploads: Partial<ResumableUploads> = {
    find: async () => upload,
    interrupt: async () => void disturbed.push('interrupted'),
    takeTurn: async () => {
      disturbed.push('turn');
      return turn;
    },
    end: async () => void disturbed.push('ended'),
    append: async () => 10,
  };
  const headers = { ...tus, 'upload-offset': '10', 'content-type': 'application/offset+octet-stream' };
  const ask = async (stages: readonly string[]) =>
    (await (await routesOver(uploads, stages)).inject({ method, url: `/api/v1/uploads/${id}`, headers })).statusCode;
  expect([await ask(['Dev']), disturbed]).toEqual([403, []]);
  expect(await ask(['Prod'])).toBeLessThan(300);
  expect(disturbed).not.toEqual([]);
});

test('a request that begins an upload and brings bytes is ended by another that comes to it', async () => {
  let endTurn: (() => void) | undefined;
  let closed = false;
  const ended = Promise.withResolvers<string>();
  const uploads: Partial<ResumableUploads> = {
    find: async () => upload,
    takeTurn: async (_id, end) => {
      endTurn = end;
      return { decide: () => undefined, [Symbol.dispose]: () => undefined };
    },
    create: async () => undefined,
    append: async (_upload, { source }) => {
      endTurn?.();
      closed = source.destroyed;
      if (closed) await once(source, 'close');
      return 10;
    },
    end: async (_upload, { code }) => ended.resolve(code),
  };
  const app = await routesOver(uploads, ['Prod']);
  const headers = {
    ...{ ...tus, 'upload-length': '1000', 'content-type': 'application/offset+octet-stream' },
    'upload-metadata': metadataOf({ filename: 'tool.pkg', stage: 'Prod' }),
  };
  // Whether there is an answer is of no interest: its connection is closed.
  await app.inject({ method: 'POST', url: '/api/v1/uploads', headers, payload: Buffer.alloc(10) }).catch(() => undefined);
  expect(closed).toBe(true);
  expect(await ended.promise).toBe('STORAGE_UPLOAD_TRUNCATED');
});
