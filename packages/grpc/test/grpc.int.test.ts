import { BlobsServiceService } from '@odst/contracts/storage';
import { OdstError } from '@odst/kernel';
import { createLogger } from '@odst/telemetry';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectService, type HandlerContext, type ServiceName, serve, serviceToken, startGrpcServer } from '../src/index.ts';

const internalToken = 'a token that the processes of one server share';
const logger = createLogger({ name: 'grpc-test', level: 'silent' });
const request = { sha256: 'aa', sizeBytes: 3n, manifestDigest: 'bb', sourceIss: 'cc' };

let seen: HandlerContext | undefined;
let streamEnded = false;
let server: Awaited<ReturnType<typeof startGrpcServer>>;

const blobs = serve(BlobsServiceService, {
  async *fetchBlob({ sizeBytes }, { signal }) {
    try {
      for (let verifiedBytes = 1n; verifiedBytes <= sizeBytes; verifiedBytes += 1n) {
        yield { verifiedBytes, sizeBytes, complete: verifiedBytes === sizeBytes, strip: [] };
      }
      if (sizeBytes === 1n) await new Promise((resolve) => signal.addEventListener('abort', resolve));
      if (sizeBytes === 2n) throw new OdstError('STORAGE_PEER_FAILED', 'the peer hung up', { peer: 'cc' });
    } finally {
      streamEnded = true;
    }
  },
  async holdBlobs({ sha256s }, handled) {
    seen = handled;
    return { sha256s, manifestDigests: [] };
  },
  async listHeld() {
    return { sha256s: [], next: '' };
  },
  async getManifest({ sha256 }) {
    throw new OdstError('STORAGE_BLOB_UNKNOWN', `no blob ${sha256}`, { sha256 });
  },
  async getDisk() {
    throw new TypeError('a defect that tells a secret');
  },
});

const connect = (service: ServiceName, token = internalToken) =>
  connectService({ address: server.address, target: 'storage', token: serviceToken(token, service) });

beforeAll(async () => {
  server = await startGrpcServer({ address: '127.0.0.1:0', services: [blobs], internalToken, logger });
});
afterAll(() => server[Symbol.asyncDispose]());

describe('calls between services', () => {
  test('carry who calls, and for whom', async () => {
    using sync = connect('sync');
    const caller = {
      actor: 'account:Jürgen',
      remoteAddress: '10.0.0.1',
      correlationId: 'c',
      causationId: 'e',
      traceparent: 't',
    };
    await expect(sync.client(BlobsServiceService).holdBlobs({ sha256s: ['aa'] }, { caller })).resolves.toEqual({
      sha256s: ['aa'],
      manifestDigests: [],
    });
    expect(seen?.metadata).toMatchObject(caller);
    expect(seen?.metadata.commandId).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('are refused with a wrong token, and where the table does not name the caller', async () => {
    using forged = connect('sync', 'another token');
    await expect(forged.client(BlobsServiceService).holdBlobs({ sha256s: [] })).rejects.toMatchObject({
      code: 'COMMON_ACCESS_DENIED',
    });
    using gateway = connect('gateway');
    const fetched = gateway.client(BlobsServiceService).fetchBlob(request);
    await expect(Array.fromAsync(fetched)).rejects.toMatchObject({ code: 'COMMON_ACCESS_DENIED' });
  });

  test('give the error that the service threw, details included', async () => {
    using sync = connect('sync');
    await expect(sync.client(BlobsServiceService).getManifest({ sha256: 'aa' })).rejects.toMatchObject({
      code: 'STORAGE_BLOB_UNKNOWN',
      message: 'no blob aa',
      details: { sha256: 'aa' },
    });
  });

  test('tell nothing of a defect', async () => {
    using sync = connect('sync');
    const error = await sync
      .client(BlobsServiceService)
      .getDisk({})
      .catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'COMMON_INTERNAL', message: 'storage failed' });
  });

  test('stream, and end with the error of the service', async () => {
    using sync = connect('sync');
    const client = sync.client(BlobsServiceService);
    const progress = await Array.fromAsync(client.fetchBlob(request));
    expect(progress.map(({ verifiedBytes }) => verifiedBytes)).toEqual([1n, 2n, 3n]);
    const failing = Array.fromAsync(client.fetchBlob({ ...request, sizeBytes: 2n }));
    await expect(failing).rejects.toMatchObject({ code: 'STORAGE_PEER_FAILED', details: { peer: 'cc' } });
  });

  test('end at the service when the caller goes away', async () => {
    using sync = connect('sync');
    streamEnded = false;
    for await (const { verifiedBytes } of sync.client(BlobsServiceService).fetchBlob({ ...request, sizeBytes: 1n })) {
      expect(verifiedBytes).toBe(1n);
      break;
    }
    await expect.poll(() => streamEnded).toBe(true);
  });

  test('say that a service cannot be reached, or is too slow', async () => {
    using nobody = connectService({ address: '127.0.0.1:1', target: 'storage', token: serviceToken(internalToken, 'sync') });
    await expect(nobody.client(BlobsServiceService).holdBlobs({ sha256s: [] })).rejects.toMatchObject({
      code: 'COMMON_SERVICE_UNAVAILABLE',
      message: 'storage cannot be reached',
    });
    using sync = connect('sync');
    const waiting = Array.fromAsync(
      sync.client(BlobsServiceService).fetchBlob({ ...request, sizeBytes: 1n }, { timeoutMs: 100 }),
    );
    await expect(waiting).rejects.toMatchObject({ code: 'COMMON_DEADLINE_EXCEEDED' });
  });
});
