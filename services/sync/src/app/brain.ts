import { startPeriodic } from '@odst/async';
import type { CatalogEvent } from '@odst/contracts/catalog';
import type { RegistrationEvent } from '@odst/contracts/registration';
import type { EventStore } from '@odst/event-store';
import { OdstError } from '@odst/kernel';
import type { Logger } from '@odst/telemetry';
import { createFeedSignal } from './feed-signal.ts';
import { createPeerEpochs } from './peer-epochs.ts';
import { PeerRoster } from './peer-roster.ts';
import { type PeerStatus, peerStatuses } from './peer-status.ts';
import { periodicOptions } from './periodic.ts';
import type { BlobFetcher, Catalog, Chance, FeedStore, PeerDirectory, PeerServers, PeerStore, Scheduler } from './ports.ts';
import { projectFeed, projectProfile } from './project-feed.ts';
import { type FeedPage, type ReadChanges, readChanges } from './read-changes.ts';
import { retryPending } from './retry-pending.ts';
import { createStreams } from './streams.ts';
import { Transfers } from './transfers.ts';

/** Pause between two looks at the registered peers, and two rounds of pending records. */
const sweepMs = 60_000;

/** All that the brain thinks with. */
export type BrainDeps = {
  readonly store: EventStore;
  readonly feed: FeedStore;
  readonly peers: PeerStore;
  readonly directory: PeerDirectory;
  readonly servers: PeerServers;
  readonly catalog: Catalog;
  readonly fetcher: BlobFetcher;
  readonly scheduler: Scheduler;
  readonly chance: Chance;
  readonly logger: Logger;
};

/** The sync service without its wires. */
export interface Brain extends AsyncDisposable {
  /** Carries an event of catalog into the feed, and looks for contents to fetch. Doing it again changes nothing. */
  onCatalogEvent(event: CatalogEvent, position: bigint): Promise<void>;
  /** Carries an event of registration into the feed, and looks at the peers. Doing it again changes nothing. */
  onRegistrationEvent(event: RegistrationEvent, position: bigint): Promise<void>;
  /** A page of this server's feed for a peer. @throws OdstError COMMON_REQUEST_INVALID, SYNC_ISS_DUPLICATE */
  readChanges(peerIss: string, request: ReadChanges, signal: AbortSignal): Promise<FeedPage>;
  /** A peer says that it has changes. */
  acceptHint(peerIss: string): void;
  /** How many records of each peer wait until their signer is known; peers without any are left out. */
  heldBack(): Promise<ReadonlyMap<string, number>>;
  /** How it goes with each peer, ordered by iss. */
  peerStatuses(): readonly PeerStatus[];
  /** Reads a peer now. @throws OdstError REGISTRATION_PEER_UNKNOWN */
  syncPeer(peerIss: string): void;
}

/** Starts reading peers and fetching contents. */
export function startBrain(deps: BrainDeps): Brain {
  const { scheduler, store, feed } = deps;
  const streams = createStreams(store);
  const feedSignal = createFeedSignal(scheduler);
  const epochs = createPeerEpochs(deps);
  const transfers: Transfers = new Transfers({
    ...deps,
    streams,
    onlinePeers: () => roster.statuses().flatMap(({ peer, reach }) => (reach === 'online' && !peer.firewalled ? [peer.iss] : [])),
  });
  const roster: PeerRoster = new PeerRoster({
    ...deps,
    epochs,
    streams,
    onReach: (peerIss, reach) => transfers.reachChanged(peerIss, reach === 'online'),
    onPage: (peerIss, sha256s) => transfers.offered(peerIss, sha256s),
    onGone: (peerIss) => transfers.cancelFrom(peerIss),
  });
  const hints = feedSignal.onRaised(() => roster.hint());
  transfers.start();
  const periodic = { ...periodicOptions(deps), intervalMs: sweepMs };
  const pending = startPeriodic({
    ...periodic,
    name: 'offering pending records again',
    leastGapMs: 1_000,
    async run(signal) {
      for (const { peer } of roster.statuses()) {
        await retryPending(deps, peer.iss, signal);
      }
    },
  });
  const peersSweep = startPeriodic({
    ...periodic,
    name: 'asking for the registered peers',
    leastGapMs: 50,
    run: () => roster.refresh(),
  });

  return {
    async onCatalogEvent(event, position) {
      await projectFeed({ feed, feedSignal }, event, position);
      if (event.type === 'PackageAnnounced') transfers.wantedChanged();
    },
    async onRegistrationEvent(event, position) {
      await projectProfile({ feed, feedSignal }, event, position);
      if (event.type === 'PeerSettingsChanged') roster.readAgain(event.data.iss);
      if (event.type === 'ServerUnblocked') roster.readAgain();
      peersSweep.soon();
      // What a server signed that was not known may be judged now.
      pending.soon();
    },
    async readChanges(peerIss, request, signal) {
      if (request.epoch !== '') await epochs.note(peerIss, request.epoch);
      roster.readerOf(peerIss)?.nudge();
      const ended = AbortSignal.any([signal, roster.leaving(peerIss)]);
      return readChanges({ feed, feedSignal, scheduler }, request, ended);
    },
    acceptHint: (peerIss) => roster.readerOf(peerIss)?.nudge(),
    heldBack: () => deps.peers.heldBack(),
    peerStatuses: () => peerStatuses(roster.statuses(), transfers.backlogs()),
    syncPeer(peerIss) {
      const reader = roster.readerOf(peerIss);
      if (reader === undefined) throw new OdstError('REGISTRATION_PEER_UNKNOWN', `there is no peer ${peerIss}`);
      reader.readNow();
    },
    async [Symbol.asyncDispose]() {
      hints[Symbol.dispose]();
      await Promise.all([peersSweep[Symbol.asyncDispose](), pending[Symbol.asyncDispose]()]);
      await roster[Symbol.asyncDispose]();
      await transfers[Symbol.asyncDispose]();
    },
  };
}
