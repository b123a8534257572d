import { createHash } from 'node:crypto';
import type { Package, RegisterUploadRequest } from '@odst/contracts/catalog';
import { createMemoryEventStore, type EventMetadata } from '@odst/event-store';
import { OdstError, type Stage } from '@odst/kernel';
import { manualClock } from '@odst/testing';
import { createUseCases } from '../../src/app/use-cases.ts';
import { memoryRows } from './memory-rows.ts';
import { contentOf } from './records.ts';

/** A signature that only its server makes and everybody can check: what registration does with keys. */
export const signatureOf = (iss: string, bytes: Uint8Array): Uint8Array =>
  new Uint8Array(createHash('sha512').update(iss).update(bytes).digest());

let commands = 0;

/** Metadata of a command that came first now. */
export const metadataOf = (actor = 'account:admin'): EventMetadata => {
  commands += 1;
  return {
    actor,
    remoteAddress: '127.0.0.1',
    commandId: `command-${commands}`,
    correlationId: `command-${commands}`,
    causationId: '',
    traceparent: '',
  };
};

/** An upload id of a test: the number at the end of a UUID. */
export const uploadIdOf = (number: number) => `0b6f1c2a-0000-4000-8000-${String(number).padStart(12, '0')}`;

/** A request to register an upload of a content. */
export const uploadOf = (
  number: number,
  content: string,
  stage: string,
  more: Partial<RegisterUploadRequest> = {},
): RegisterUploadRequest => ({
  uploadId: uploadIdOf(number),
  filename: 'NoMAD.pkg',
  stage,
  ...contentOf(content),
  replace: false,
  completedAt: undefined,
  ...more,
});

/** Catalog's use cases over memory; registration and storage are stood in for. */
export function createTestServer(
  iss: string,
  options: {
    readonly stage?: Stage;
    readonly knows?: (iss: string) => boolean;
    readonly allowedExtensions?: readonly string[];
  } = {},
) {
  const clock = manualClock();
  const store = createMemoryEventStore({ clock });
  const rows = memoryRows(store);
  const read: string[] = [];
  const settings = {
    stage: options.stage ?? ('Prod' as Stage),
    reachable: true,
    refusedSignatures: 0,
    onServerAsked: async (): Promise<void> => undefined,
  };
  const held = new Set<string>();
  const manifests = new Map<string, string>();
  let lastNumber = 0;
  const reach = () => {
    if (!settings.reachable) throw new OdstError('COMMON_SERVICE_UNAVAILABLE', 'out of reach');
  };
  const useCases = createUseCases({
    store: {
      ...store,
      readStream: (stream, afterVersion) => {
        read.push(stream);
        return store.readStream(stream, afterVersion);
      },
    },
    rows,
    epoch: iss.slice(0, 16),
    clock,
    allowedExtensions: options.allowedExtensions ?? ['pkg', 'dmg'],
    registration: {
      iss: async () => {
        await settings.onServerAsked();
        return iss;
      },
      stage: async () => {
        await settings.onServerAsked();
        return settings.stage;
      },
      signRecord: async (bytes) => {
        reach();
        if (settings.refusedSignatures > 0) {
          settings.refusedSignatures -= 1;
          throw new OdstError('COMMON_SERVICE_UNAVAILABLE', 'out of reach for this one');
        }
        return signatureOf(iss, bytes);
      },
      verifyRecord: async (signer, bytes, signature) => {
        reach();
        if (options.knows?.(signer) === false) return 'unknown-signer';
        return Buffer.from(signatureOf(signer, bytes)).equals(signature) ? 'valid' : 'invalid';
      },
    },
    blobs: {
      held: async (sha256s) => sha256s.filter((sha256) => held.has(sha256)),
      manifestDigests: async (sha256s) => new Map([...manifests].filter(([sha256]) => sha256s.includes(sha256))),
    },
    numbers: {
      next: async () => {
        lastNumber += 1;
        return lastNumber;
      },
    },
  });
  return {
    iss,
    clock,
    store,
    settings,
    held,
    manifests,
    /** The streams that the use cases read, in their order; not those that the read model's stand-in reads. */
    read,
    ...useCases,
    /** Uploads as storage does: the bytes first. */
    async upload(number: number, content: string, stage: string, more: Partial<RegisterUploadRequest> = {}) {
      const request = uploadOf(number, content, stage, more);
      held.add(request.sha256);
      return useCases.registerUpload(request, metadataOf());
    },
    /** Offers a package of another server. */
    offer: (found: Package | undefined, fromIss: string) =>
      useCases.offerRecord({ record: found?.record, fromIss }, metadataOf(`peer:${fromIss}`)),
    /** Names of all events so far. */
    async types() {
      return (await store.readAll(0n, 1_000)).map(({ type }) => type);
    },
  };
}
