import { createVirtualTime, type VirtualTime } from '@odst/async/testing';
import type { PackageRecord } from '@odst/contracts/catalog';
import type { RegistrationEvent, SignedProfile } from '@odst/contracts/registration';
import { createMemoryEventStore, type EventStore } from '@odst/event-store';
import { type ErrorCode, OdstError, type Stage } from '@odst/kernel';
import { createSilentLogger } from '@odst/telemetry';
import { createMemoryFeedStore } from '../../src/adapters/memory-feed-store.ts';
import { createMemoryPeerStore } from '../../src/adapters/memory-peer-store.ts';
import { type Brain, startBrain } from '../../src/app/brain.ts';
import type { ChangesPage, FetchProgress, PeerServers, WantedContent } from '../../src/app/ports.ts';
import { askedBrains } from './asked-brain.ts';
import { FakeCatalog } from './fake-catalog.ts';
import { hash, issOf, profileOf } from './records.ts';
import { createSigner, type Signer } from './signers.ts';

/** How a server behaves towards those that read it. */
type Manner = 'well' | 'down' | 'hangs' | { readonly answers: (after: string) => ChangesPage };

/** A server of the simulation: the real brain over fakes of everything else. */
export class SimulatedServer implements AsyncDisposable {
  readonly iss: string;
  readonly name: string;
  readonly catalog: FakeCatalog;
  readonly store: EventStore;
  readonly fetches: { sha256: string; sourceIss: string }[] = [];
  manner: Manner = 'well';
  /** Whether it runs a version without comparisons. */
  comparesNothing = false;
  /** Whether it tells peers of changes by hints. */
  firewalled = false;
  /** Fails the next fetches of this server, one code each. */
  fetchFailures: ErrorCode[] = [];
  /** Time that a fetch takes. */
  fetchMs = 100;
  /** The same, from a source that has a pace of its own. */
  readonly fetchMsFrom = new Map<string, number>();
  /** Digests of manifests that are not those of their content: their bytes come, and are not what they should be. */
  readonly falseManifests = new Set<string>();
  /** Servers from which nothing is taken. */
  readonly blocked = new Set<string>();
  /** Servers whose profiles others passed on. */
  readonly known = new Set<string>();
  #registrationPosition = 0n;
  readonly signer: Signer;
  readonly #world: World;
  readonly #peers = new Set<string>();
  readonly #stage: Stage;
  readonly #feed;
  readonly #peerStore = createMemoryPeerStore();
  #brain: Brain | undefined;
  #down = new AbortController();

  constructor(world: World, name: string, stage: Stage) {
    this.iss = issOf(name);
    this.name = name;
    this.signer = createSigner(this.iss);
    this.#world = world;
    this.#stage = stage;
    this.#feed = createMemoryFeedStore(() => issOf(`feed of ${name}`));
    this.store = createMemoryEventStore({ clock: world.time });
    this.catalog = new FakeCatalog(stage, (event, uuid, position) => void this.brain.onCatalogEvent(event, uuid, position));
    this.start();
  }

  get brain(): Brain {
    if (this.#brain === undefined) throw new Error('the server is stopped');
    return this.#brain;
  }

  get stage(): Stage {
    return this.#stage;
  }

  start(): void {
    this.#down = new AbortController();
    void this.#feed.begin(hash('md5', this.#world.nextId()).slice(0, 16));
    this.#brain = startBrain({
      store: this.store,
      feed: this.#feed,
      peers: this.#peerStore,
      directory: {
        listPeers: async () => [...this.#peers].map((iss) => this.#world.profileOf(iss)),
        acceptProfiles: async (_fromIss, { profiles }) => this.#acceptProfiles(profiles),
      },
      servers: this.#servers(),
      catalog: this.catalog,
      fetcher: { fetchBlob: (content, sourceIss, signal) => this.#fetch(content, sourceIss, signal) },
      signatures: this.signer,
      sites: {
        ownIss: async () => this.iss,
        listSites: async () => {
          const others = [...this.#peers, ...this.known].map((iss) => this.#world.serverOf(iss));
          return [...new Set([this, ...others])].map(({ iss, name, stage }) => {
            return { iss, name, stage, relation: 'peer', blocked: this.blocked.has(iss) };
          });
        },
        keysOf: async (_toldBy, isses) => {
          const all = new Set([...this.#peers, ...this.known, this.iss]);
          const known = isses.filter((iss) => all.has(iss) && !this.blocked.has(iss));
          return new Map(known.map((iss) => [iss, this.#world.serverOf(iss).signer.publicKey]));
        },
      },
      contents: {
        listHeld: async function* (this: SimulatedServer, prefix: string) {
          yield* [...this.catalog.blobs].filter((sha256) => sha256.startsWith(prefix)).sort();
        }.bind(this),
      },
      scheduler: this.#world.time,
      chance: { random: () => 0.5, uuid: () => this.#world.nextId() },
      logger: createSilentLogger(),
    });
  }

  async stop(): Promise<void> {
    const brain = this.#brain;
    this.#brain = undefined;
    this.#down.abort();
    await brain?.[Symbol.asyncDispose]();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  register(peer: SimulatedServer): void {
    this.#peers.add(peer.iss);
    const profile = profileOf(peer.iss);
    void this.#tell({ type: 'PeerRegistered', data: { peerId: 1, iss: peer.iss, profile, initiatedBy: 'here' } });
  }

  unregister(peer: SimulatedServer): void {
    this.#peers.delete(peer.iss);
    void this.#tell({ type: 'PeerUnregistered', data: { peerId: 1, iss: peer.iss, initiatedBy: 'here' } });
  }

  /** What an admin changed of a peer. */
  changePeer(peer: SimulatedServer): void {
    void this.#tell({ type: 'PeerSettingsChanged', data: { peerId: 1, iss: peer.iss, stageCap: 'Prod', introduces: true } });
  }

  /** Another server is blocked no more. */
  unblock(other: SimulatedServer): void {
    this.blocked.delete(other.iss);
    void this.#tell({ type: 'ServerUnblocked', data: { iss: other.iss, profile: profileOf(other.iss) } });
  }

  statusOf(record: PackageRecord): string | undefined {
    return this.catalog.packages.get(record.uuid)?.status;
  }

  stateOf(peer: SimulatedServer) {
    return this.brain.peerStatuses().find((status) => status.peerIss === peer.iss);
  }

  /** Ends requests of this server that are under way, as when its cable is pulled. */
  cut(): void {
    this.manner = 'down';
    this.#down.abort();
  }

  /** The cable is back. */
  mend(): void {
    this.manner = 'well';
    this.#down = new AbortController();
  }

  /** What registration does: it tells of those that it did not know. */
  async #acceptProfiles(profiles: readonly SignedProfile[]): Promise<[]> {
    for (const profile of profiles) {
      if (this.known.has(profile.iss) || profile.iss === this.iss) continue;
      this.known.add(profile.iss);
      await this.#tell({ type: 'ServerIntroduced', data: { iss: profile.iss, profile, fromIss: '' } });
    }
    return [];
  }

  async #tell(event: RegistrationEvent): Promise<void> {
    this.#registrationPosition += 1n;
    await this.brain.onRegistrationEvent(event, this.#registrationPosition);
  }

  #servers(): PeerServers {
    return {
      readChanges: async (request, signal) => {
        const peer = this.#world.serverOf(request.peerIss);
        const open = await this.#reach(peer, request.waitMs + 10_000, signal);
        if (typeof peer.manner === 'object') return peer.manner.answers(request.after);
        const { feedId: _feedId, ...page } = await peer.brain.readChanges(this.iss, request, open);
        if (peer.#down.signal.aborted || this.#down.signal.aborted)
          throw new OdstError('SYNC_PEER_FAILED', 'the connection broke');
        signal.throwIfAborted();
        return { ...page, malformed: [] };
      },
      hint: async (peerIss, signal) => {
        const peer = this.#world.serverOf(peerIss);
        await this.#reach(peer, 5_000, signal);
        peer.#brain?.acceptHint(this.iss);
      },
      ...askedBrains(this.iss, async (peerIss) => {
        const peer = this.#world.serverOf(peerIss);
        await this.#reach(peer, 30_000, new AbortController().signal);
        return typeof peer.manner === 'object' || peer.comparesNothing ? undefined : peer.#brain;
      }),
    };
  }

  async #reach(peer: SimulatedServer, limitMs: number, signal: AbortSignal): Promise<AbortSignal> {
    this.#world.requests += 1;
    if (peer.manner === 'hangs') await this.#world.wait(limitMs, signal);
    if (peer.manner === 'hangs' || peer.manner === 'down' || peer.#brain === undefined || this.manner === 'down') {
      throw new OdstError('SYNC_PEER_FAILED', 'no route to host');
    }
    return AbortSignal.any([signal, peer.#down.signal, this.#down.signal]);
  }

  async *#fetch(content: WantedContent, sourceIss: string, signal: AbortSignal): AsyncGenerator<FetchProgress> {
    this.fetches.push({ sha256: content.sha256, sourceIss });
    const source = this.#world.serverOf(sourceIss);
    yield { verifiedBytes: content.sizeBytes / 2n, complete: false, strip: [100, 0] };
    await this.#world.wait(this.fetchMsFrom.get(sourceIss) ?? this.fetchMs, signal);
    const failure = this.fetchFailures.shift();
    if (failure !== undefined) throw new OdstError(failure, `fetching fails: ${failure}`);
    if (this.falseManifests.has(content.manifestDigest)) {
      throw new OdstError('STORAGE_MANIFEST_INVALID', 'all chunks match the manifest, but the file does not match its SHA-256');
    }
    if (source.manner !== 'well' || source.#brain === undefined) throw new OdstError('STORAGE_PEER_FAILED', 'the source is down');
    if (!source.catalog.blobs.has(content.sha256)) throw new OdstError('STORAGE_PEER_FAILED', 'the source answered 404');
    this.catalog.hold(content.sha256);
    yield { verifiedBytes: content.sizeBytes, complete: true, strip: [100, 100] };
  }
}

/** Servers that can reach each other, in virtual time. */
export class World implements AsyncDisposable {
  readonly time: VirtualTime = createVirtualTime();
  requests = 0;
  readonly #servers = new Map<string, SimulatedServer>();
  #ids = 0;

  server(name: string, stage: Stage = 'Prod'): SimulatedServer {
    const server = new SimulatedServer(this, name, stage);
    this.#servers.set(server.iss, server);
    return server;
  }

  /** Registers each with each. */
  befriend(...servers: readonly SimulatedServer[]): void {
    for (const server of servers) for (const peer of servers) if (peer !== server) server.register(peer);
  }

  serverOf(iss: string): SimulatedServer {
    const server = this.#servers.get(iss);
    if (server === undefined) throw new Error(`no server ${iss}`);
    return server;
  }

  profileOf(iss: string) {
    const { stage, firewalled } = this.serverOf(iss);
    return { iss, url: `http://${iss}`, stage, firewalled };
  }

  nextId(): string {
    this.#ids += 1;
    return `id-${this.#ids}`;
  }

  /** Waits in virtual time; throws when aborted. */
  async wait(ms: number, signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    using _timer = this.time.after(ms, resolve);
    signal.addEventListener('abort', () => resolve(), { once: true });
    if (!signal.aborted) await promise;
    signal.throwIfAborted();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#servers.values()].map((server) => server.stop()));
  }
}
