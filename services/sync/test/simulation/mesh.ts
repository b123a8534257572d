import { randomBytes } from 'node:crypto';
import { createVirtualTime, type VirtualTime } from '@odst/async/testing';
import { catalogEventCodec, type PackageRecord } from '@odst/contracts/catalog';
import { registrationEventCodec } from '@odst/contracts/registration';
import { createMemoryEventStore, type EventStore, serviceMetadata } from '@odst/event-store';
import { OdstError, parseStage, type Stage } from '@odst/kernel';
import { createSilentLogger } from '@odst/telemetry';
// A simulation runs the use cases of several services in one process: of catalog and registration the real ones.
import { changePurpose, createEd25519Signatures } from '../../../catalog/src/adapters/ed25519-signatures.ts';
import { type UseCases as CatalogUseCases, createUseCases as createCatalog } from '../../../catalog/src/app/use-cases.ts';
import { packageUuid } from '../../../catalog/src/domain/package-identity.ts';
import { memoryRows } from '../../../catalog/test/support/memory-rows.ts';
import { actOf } from '../../../catalog/test/support/test-server.ts';
import {
  adminCommand,
  type MemoryServer as MemoryRegistration,
  memoryNetwork,
  startMemoryServer,
} from '../../../registration/test/support/memory-server.ts';
import { createMemoryFeedStore } from '../../src/adapters/memory-feed-store.ts';
import { createMemoryPeerStore } from '../../src/adapters/memory-peer-store.ts';
import { type Brain, startBrain } from '../../src/app/brain.ts';
import type { FetchProgress, PeerServers, WantedContent } from '../../src/app/ports.ts';
import { askedBrains } from '../support/asked-brain.ts';
import { catalogOfSync } from './mesh-catalog.ts';
import { contentOf, createFaults, digest, type Faults, relay } from './mesh-parts.ts';
import { statementsWith } from './mesh-statements.ts';

const signatures = createEd25519Signatures();

/** A server of the mesh: the real brain, catalog and registration, with real keys; bytes are words. */
export class MeshServer implements AsyncDisposable {
  readonly name: string;
  readonly registration: MemoryRegistration;
  readonly held = new Set<string>();
  readonly #mesh: Mesh;
  #stage: Stage;
  readonly #manifests = new Map<string, string>();
  readonly #catalogStore: EventStore;
  readonly #syncStore: EventStore;
  readonly #feed;
  readonly #peers = createMemoryPeerStore();
  readonly #relayCatalog: () => Promise<void>;
  readonly #relayRegistration: () => Promise<void>;
  #numbers = 0;
  #uploads = 0;
  #catalog: CatalogUseCases | undefined;
  #brain: Brain | undefined;
  #isCut = false;
  #cable = new AbortController();
  /** What goes wrong with the next fetches of this server. */
  fetchFailures: ('STORAGE_DISK_FULL' | 'STORAGE_CHUNK_CORRUPT')[] = [];

  /** Questions of its comparisons so far. */
  questions = 0;
  /** What goes wrong behind its back. */
  readonly faults: Faults = createFaults();
  /** Records that it tells beside its own, as a server may that says what is not so. */
  readonly lies: PackageRecord[] = [];
  /** For what it signed statements, of each. */
  readonly signed: string[] = [];

  /** Servers whose profiles do not get through to this one by its peers. */
  readonly refusesProfilesOf = new Set<string>();

  constructor(mesh: Mesh, name: string, stage: Stage, registration: MemoryRegistration) {
    const { time } = mesh;
    this.#mesh = mesh;
    this.name = name;
    this.#stage = stage;
    this.registration = registration;
    this.#catalogStore = createMemoryEventStore({ clock: time });
    this.#syncStore = createMemoryEventStore({ clock: time });
    this.#feed = createMemoryFeedStore(() => digest('md5', `feed of ${registration.iss}`));
    this.#relayCatalog = relay(this.#catalogStore, async (event) => {
      if (!catalogEventCodec.reads(event)) return;
      const uuid = event.stream.replace(/^package-/, '');
      if (this.faults.untold.has(uuid)) return;
      await this.brain.onCatalogEvent(catalogEventCodec.decode(event), uuid, event.position);
    });
    const relayRegistration = relay(registration.store, async (event) => {
      if (!registrationEventCodec.reads(event)) return;
      await this.brain.onRegistrationEvent(registrationEventCodec.decode(event), event.position);
    });
    this.#relayRegistration = async () => (this.faults.busIsDown ? undefined : relayRegistration());
  }

  get iss(): string {
    return this.registration.iss;
  }

  get brain(): Brain {
    if (this.#brain === undefined) throw new Error(`${this.name} is stopped`);
    return this.#brain;
  }

  get catalog(): CatalogUseCases {
    if (this.#catalog === undefined) throw new Error(`${this.name} is stopped`);
    return this.#catalog;
  }

  /** Starts, in an epoch of its own. */
  async start(): Promise<void> {
    const { time } = this.#mesh;
    const epoch = randomBytes(8).toString('hex');
    await this.#feed.begin(epoch);
    this.#catalog = this.#createCatalog(epoch);
    const { registration } = this;
    this.#brain = startBrain({
      store: this.#syncStore,
      feed: this.#feed,
      peers: this.#peers,
      directory: {
        listPeers: async () =>
          registration.directory.peers().map(({ iss, profile }) => {
            return { iss, url: profile.url, stage: parseStage(profile.stage), firewalled: profile.firewalledMode };
          }),
        acceptProfiles: async (fromIss, { profiles, retirements }) => {
          const told = profiles.filter(({ iss }) => !this.refusesProfilesOf.has(iss));
          const refused = await registration.acceptProfiles(fromIss, told, adminCommand(), retirements);
          await registration.answerRetirement();
          void this.#relayRegistration();
          return refused;
        },
      },
      servers: this.#servers(),
      catalog: catalogOfSync(
        () => this.catalog,
        () => this.#metadata(),
        () => void this.#relayCatalog(),
        this.faults,
      ),
      fetcher: { fetchBlob: (content, sourceIss, signal) => this.#fetch(content, sourceIss, signal) },
      ...statementsWith(registration, { name: this.name, stage: () => this.#stage, held: this.held, signed: this.signed }),
      scheduler: time,
      chance: { random: () => this.#mesh.random(), uuid: () => adminCommand().commandId },
      logger: createSilentLogger(),
    });
    await this.#relayRegistration();
    await this.catalog.sweep.all(this.#metadata());
    await this.#relayCatalog();
  }

  /** Stops; what is stored stays. */
  async stop(): Promise<void> {
    const brain = this.#brain;
    this.#cable.abort();
    this.#cable = new AbortController();
    await Promise.all([this.#relayCatalog(), this.#relayRegistration()]);
    this.#brain = undefined;
    await brain?.[Symbol.asyncDispose]();
    this.#catalog = undefined;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#brain === undefined ? Promise.resolve() : this.stop();
  }

  /** Pulls its cable, or puts it in again. */
  cut(isCut: boolean): void {
    this.#isCut = isCut;
    if (isCut) this.#cable.abort();
    else this.#cable = new AbortController();
  }

  /** Registers this server with another one, by the real handshake. */
  async register(peer: MeshServer): Promise<void> {
    await this.registration.registerPeer(peer.registration.invitation, adminCommand());
    await Promise.all([this.#relayRegistration(), peer.#relayRegistration()]);
  }

  /** Gets another stage, as its admin sets it. */
  async become(stage: Stage): Promise<void> {
    this.#stage = stage;
    await this.registration.updateSettings({ stage }, adminCommand());
    await this.#relayRegistration();
    await this.catalog.sweep.all(this.#metadata());
    await this.#relayCatalog();
  }

  /** Says of a server that is no peer that it is gone for good. */
  async retire(other: MeshServer, reason: string): Promise<void> {
    await this.registration.retireServer(other.iss, reason, adminCommand()).then(this.#relayRegistration);
  }

  /** Uploads a word; the manifest is made a moment later. */
  async upload(
    filename: string,
    word: string,
    stage: Stage,
    more: { readonly replace?: boolean; readonly manifest?: string } = {},
  ) {
    const { manifestDigest: made, ...content } = contentOf(word, more.manifest);
    this.#uploads += 1;
    this.held.add(content.sha256);
    const uploadId = `0b6f1c2a-0000-4000-8000-${String(this.#uploads).padStart(12, '0')}`;
    const request = {
      ...content,
      uploadId,
      filename,
      stage,
      replace: more.replace ?? false,
      replaces: '',
      completedAt: undefined,
    };
    const answer = await this.catalog.registerUpload({ ...request, manifestDigest: '' }, this.#metadata());
    await this.#relayCatalog();
    this.#manifests.set(content.sha256, made);
    await this.catalog.seal.content({ sha256: content.sha256, manifestDigest: made }, this.#metadata());
    await this.#relayCatalog();
    return answer;
  }

  /** Acts on a package as the admin does. @throws OdstError as catalog */
  async act(
    filename: string,
    act: Parameters<typeof actOf>[0]['act'],
    request: { readonly from?: string; readonly to?: string; readonly sha256?: string } = {},
  ) {
    const { package: found } = await this.catalog.find.get({ reference: filename, alsoDeleted: true });
    if (found === undefined) throw new OdstError('CATALOG_PACKAGE_UNKNOWN', filename);
    const answer = await this.catalog.changePackage(actOf({ act, id: found.id, ...request }), this.#metadata());
    await this.#relayCatalog();
    return answer;
  }

  /** The package here; undefined for none. */
  async find(filename: string) {
    const answer = await this.catalog.find.get({ reference: filename, alsoDeleted: true }).catch(() => undefined);
    return answer?.package;
  }

  /** The record as it may leave this server. */
  async record(filename: string): Promise<PackageRecord | undefined> {
    for await (const record of this.catalog.find.records([packageUuid(filename)])) return record;
    return undefined;
  }

  /** What a client is served under a name: SHA-256, or nothing. */
  async served(filename: string): Promise<string | undefined> {
    const content = await this.catalog.find.content(filename).catch(() => undefined);
    return content === undefined || content.isAwaited ? undefined : content.sha256;
  }

  /** What sync wrote down. */
  events() {
    return this.#syncStore.readAll(0n, 100_000);
  }

  /** How many changes are held back here. */
  async heldBack(): Promise<number> {
    return [...(await this.brain.heldBack()).values()].reduce((sum, { count }) => sum + count, 0);
  }

  #metadata() {
    return { ...serviceMetadata('catalog', adminCommand().commandId), actor: 'account:admin' };
  }

  #createCatalog(epoch: string): CatalogUseCases {
    const { registration } = this;
    return createCatalog({
      ...{ store: this.#catalogStore, logger: createSilentLogger() },
      rows: memoryRows(this.#catalogStore),
      registration: {
        iss: async () => registration.iss,
        policy: async () => ({ stage: this.#stage, deletions: 'follow', trashDays: 30 }),
        signChange: async (bytes) => registration.statements.sign(changePurpose, bytes),
        async signers(toldBy, isses) {
          const described = registration.describeSigners(toldBy, isses).filter(({ publicKey }) => publicKey.length > 0);
          return new Map(
            described.map(({ iss, publicKey, blocked, stageCap }) => {
              return [iss, { publicKey, isBlocked: blocked, stageCap: parseStage(stageCap) }];
            }),
          );
        },
      },
      signatures,
      blobs: {
        held: async (sha256s) => sha256s.filter((sha256) => this.held.has(sha256)),
        manifestDigests: async (sha256s) => new Map([...this.#manifests].filter(([sha256]) => sha256s.includes(sha256))),
      },
      numbers: {
        next: async () => {
          this.#numbers += 1;
          return this.#numbers;
        },
      },
      epoch,
      clock: this.#mesh.time,
      allowedExtensions: ['pkg'],
    });
  }

  #servers(): PeerServers {
    return {
      readChanges: async (request, signal) => {
        const peer = this.#reach(request.peerIss);
        const open = AbortSignal.any([signal, this.#cable.signal, peer.#cable.signal]);
        const { feedId: _feedId, ...page } = await peer.brain.readChanges(this.iss, request, open);
        signal.throwIfAborted();
        if (open.aborted) throw new OdstError('SYNC_PEER_FAILED', 'the connection broke');
        return { ...page, records: [...page.records, ...(page.records.length > 0 ? peer.lies : [])], malformed: [] };
      },
      hint: async (peerIss) => this.#reach(peerIss).#brain?.acceptHint(this.iss),
      ...askedBrains(this.iss, async (peerIss) => {
        const peer = this.#reach(peerIss);
        this.questions += 1;
        return peer.faults.comparesNothing ? undefined : peer.brain;
      }),
    };
  }

  #reach(iss: string): MeshServer {
    const peer = this.#mesh.serverOf(iss);
    if (peer === undefined || peer.#brain === undefined || peer.#isCut || this.#isCut) {
      throw new OdstError('SYNC_PEER_FAILED', 'no route to host');
    }
    if (peer.registration.directory.peer(this.iss) === undefined) {
      throw new OdstError('SYNC_PEER_FAILED', 'it answered 401 (REGISTRATION_SIGNATURE_INVALID)');
    }
    return peer;
  }

  async *#fetch(content: WantedContent, sourceIss: string, signal: AbortSignal): AsyncGenerator<FetchProgress> {
    const { sha256, manifestDigest, sizeBytes } = content;
    const source = this.#reach(sourceIss);
    if (!source.held.has(sha256)) throw new OdstError('STORAGE_PEER_FAILED', 'the source answered 404');
    yield { verifiedBytes: sizeBytes / 2n, complete: false, strip: [100, 0] };
    await this.#mesh.wait(100, signal);
    const failure = this.fetchFailures.shift();
    if (failure !== undefined) throw new OdstError(failure, `fetching fails: ${failure}`);
    if (this.#mesh.falseManifests.has(manifestDigest)) {
      throw new OdstError('STORAGE_MANIFEST_INVALID', 'all chunks match the manifest, but the file does not match its SHA-256');
    }
    this.held.add(sha256);
    this.#manifests.set(sha256, manifestDigest);
    await this.#catalog?.sweep.content(sha256, this.#metadata());
    if (this.#brain !== undefined) void this.#relayCatalog();
    yield { verifiedBytes: sizeBytes, complete: true, strip: [100, 100] };
  }
}

/** Servers that can reach each other, in virtual time. */
export class Mesh implements AsyncDisposable {
  readonly time: VirtualTime = createVirtualTime();
  /** Digests of manifests that lie about their content. */
  readonly falseManifests = new Set<string>();
  readonly #network = memoryNetwork();
  readonly #servers = new Map<string, MeshServer>();
  #addresses = 0;
  #seed = 1;

  /** A new server, started. @param url default one of its own; that of a server that is gone, for a reinstalled one */
  async server(name: string, stage: Stage = 'Prod', url?: string): Promise<MeshServer> {
    this.#addresses += 1;
    const address = url ?? `http://10.0.0.${this.#addresses}`;
    const registration = await startMemoryServer({ network: this.#network, clock: this.time, url: address, name });
    if (stage !== 'Prod') await registration.updateSettings({ stage }, adminCommand());
    const server = new MeshServer(this, name, stage, registration);
    this.#servers.set(server.iss, server);
    await server.start();
    return server;
  }

  serverOf(iss: string): MeshServer | undefined {
    return this.#servers.get(iss);
  }

  /** Lets time pass until something holds; throws what it last said when it took too long. @param limitMs default 10 minutes */
  async until(holds: () => Promise<boolean>, limitMs = 600_000): Promise<void> {
    for (let passedMs = 0; ; passedMs += 250) {
      if (await holds()) return;
      if (passedMs >= limitMs) throw new Error(`not within ${limitMs} ms: ${holds.toString()}`);
      await this.time.pass(250);
    }
  }

  /** Waits in virtual time; throws when aborted. */
  async wait(ms: number, signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    using _timer = this.time.after(ms, resolve);
    signal.addEventListener('abort', () => resolve(), { once: true });
    if (!signal.aborted) await promise;
    signal.throwIfAborted();
  }

  /** The same numbers in every run. */
  random(): number {
    this.#seed = (this.#seed * 48_271) % 2_147_483_647;
    return this.#seed / 2_147_483_647;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#servers.values()].map((server) => server[Symbol.asyncDispose]()));
  }
}
