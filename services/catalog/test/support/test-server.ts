import { createHash } from 'node:crypto';
import type {
  ChangePackageRequest,
  ListPackagesRequest,
  PackageRecord,
  RegisterUploadRequest,
  WriterState,
} from '@odst/contracts/catalog';
import { createMemoryEventStore, type EventMetadata } from '@odst/event-store';
import { OdstError, type Stage } from '@odst/kernel';
import { createLogger } from '@odst/telemetry';
import { manualClock } from '@odst/testing';
import type { PackageRows, Signatures } from '../../src/app/ports.ts';
import { createUseCases } from '../../src/app/use-cases.ts';
import type { Signer } from '../../src/domain/acceptance.ts';
import { packageUuid } from '../../src/domain/package-identity.ts';
import { memoryRows } from './memory-rows.ts';
import { contentOf, nomadUuid } from './records.ts';

/** A signature that only its server makes and everybody can check: what registration does with keys. */
export const signatureOf = (iss: string, bytes: Uint8Array): Uint8Array =>
  new Uint8Array(createHash('sha512').update(iss).update(bytes).digest());

/** Checks {@link signatureOf}, with the identity of a server for its key. */
export const hashSignatures: Signatures = {
  holds: (publicKey, bytes, signature) => Buffer.from(signatureOf(new TextDecoder().decode(publicKey), bytes)).equals(signature),
};

/** What is known of servers by default: all that sign. */
export const signerOf = (iss: string): Signer => ({
  publicKey: new TextEncoder().encode(iss),
  isBlocked: false,
  stageCap: 'Prod',
});

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
  replaces: '',
  completedAt: undefined,
  ...more,
});

/** A request to act on package 1. */
export const actOf = (request: Partial<ChangePackageRequest> & Pick<ChangePackageRequest, 'act'>): ChangePackageRequest => ({
  id: 1,
  from: '',
  to: '',
  sha256: '',
  expectedVersion: 0n,
  dryRun: false,
  reason: '',
  ...request,
});

/** A request to list packages. */
export const listOf = (request: Partial<ListPackagesRequest> = {}): ListPackagesRequest => ({
  stage: '',
  status: '',
  query: '',
  inConflict: false,
  inTrash: false,
  servedOnly: false,
  awaitingConfirmation: false,
  sort: '',
  after: '',
  limit: 0,
  ...request,
});

/** Catalog's use cases over memory; registration and storage are stood in for. */
export function createTestServer(
  iss: string,
  options: {
    readonly stage?: Stage;
    /** The start of it that runs; default the first half of its iss. */
    readonly epoch?: string;
    /** Whom this server knows; default everybody. */
    readonly knows?: (iss: string) => boolean;
    /** Whom it blocks; default nobody. */
    readonly blocks?: (iss: string) => boolean;
    /** Up to which stage it takes in what a server signed, as a peer tells it; default Prod. */
    readonly capOf?: (iss: string, toldBy: string) => Stage;
    readonly allowedExtensions?: readonly string[];
  } = {},
) {
  const clock = manualClock();
  const store = createMemoryEventStore({ clock });
  const current = memoryRows(store);
  const rows: PackageRows = {
    ...current,
    caughtUp: async () => !settings.rowsAreBehind,
    entries: async (...query) => (settings.rowsAreBehind ? [] : current.entries(...query)),
  };
  const read: string[] = [];
  const logged: Readonly<Record<string, unknown>>[] = [];
  const settings = {
    stage: options.stage ?? ('Prod' as Stage),
    deletions: 'follow' as 'follow' | 'ask',
    trashDays: 30,
    reachable: true,
    /** Whether the read model has nothing yet of what was written. */
    rowsAreBehind: false,
    refusedSignatures: 0,
    /** Streams whose packages no command can be decided on. */
    brokenStreams: new Set<string>(),
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
      readStream: async (stream, afterVersion) => {
        read.push(stream);
        if (settings.brokenStreams.has(stream)) throw new TypeError('an event that no program can read');
        return store.readStream(stream, afterVersion);
      },
    },
    rows,
    epoch: options.epoch ?? iss.slice(0, 16),
    clock,
    logger: createLogger({ name: 'catalog', destination: { write: (line) => void logged.push(JSON.parse(line)) } }),
    allowedExtensions: options.allowedExtensions ?? ['pkg', 'dmg'],
    registration: {
      iss: async () => {
        await settings.onServerAsked();
        return iss;
      },
      policy: async () => {
        await settings.onServerAsked();
        const { stage, deletions, trashDays } = settings;
        return { stage, deletions, trashDays };
      },
      signChange: async (bytes) => {
        reach();
        if (settings.refusedSignatures > 0) {
          settings.refusedSignatures -= 1;
          throw new OdstError('COMMON_SERVICE_UNAVAILABLE', 'out of reach for this one');
        }
        return signatureOf(iss, bytes);
      },
      signers: async (toldBy, isses) => {
        reach();
        const known = isses.filter((signer) => signer === iss || options.knows?.(signer) !== false);
        return new Map(
          known.map((signer) => [
            signer,
            {
              ...signerOf(signer),
              isBlocked: options.blocks?.(signer) ?? false,
              stageCap: options.capOf?.(signer, toldBy) ?? 'Prod',
            },
          ]),
        );
      },
    },
    signatures: hashSignatures,
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
    /** The lines of the log. */
    logged,
    ...useCases,
    /** A package as it is folded here, changes that may not leave this server included. */
    async state(filename = 'NoMAD.pkg') {
      const found = await rows.byUuid(packageUuid(filename));
      if (found === undefined) throw new TypeError(`there is no ${filename}`);
      return found.package;
    },
    /** Uploads as storage does: the bytes first. */
    async upload(number: number, content: string, stage: string, more: Partial<RegisterUploadRequest> = {}) {
      const request = uploadOf(number, content, stage, more);
      held.add(request.sha256);
      return useCases.registerUpload(request, metadataOf());
    },
    /** Acts as the admin does. */
    act: (request: Partial<ChangePackageRequest> & Pick<ChangePackageRequest, 'act'>) =>
      useCases.changePackage(actOf(request), metadataOf()),
    /** The record of a package as it may leave this server; undefined for none. */
    async record(uuid = nomadUuid): Promise<PackageRecord | undefined> {
      return (await useCases.find.records([uuid]).next()).value ?? undefined;
    },
    /** Storage has the bytes of a content now, of another server say, and tells so. */
    async fetched(sha256: string) {
      held.add(sha256);
      await useCases.sweep.content(sha256, metadataOf('service:catalog'));
    },
    /** The sweep, as it comes every minute. */
    sweepAll: () => useCases.sweep.all(metadataOf('service:catalog')),
    /** What a client is served under the name, hex; undefined for nothing, or nothing yet. */
    async serves(filename = 'NoMAD.pkg') {
      const found = await rows.byUuid(packageUuid(filename));
      return found?.package.served?.content.sha256;
    },
    /** Offers a record of another server. */
    offer: (record: PackageRecord | undefined, fromIss: string, writers: readonly WriterState[] = []) =>
      useCases.offerRecord({ record, fromIss, writers: [...writers] }, metadataOf(`peer:${fromIss}`)),
    /** The packages of a list. */
    async list(request: Partial<ListPackagesRequest> = {}) {
      return (await useCases.find.list(listOf(request))).packages;
    },
    /** Names of all events so far. */
    async types() {
      return (await store.readAll(0n, 100_000)).map(({ type }) => type);
    },
  };
}
