import { type PeriodicWork, settlesWithin, startPeriodic } from '@odst/async';
import type { CatalogEvent } from '@odst/contracts/catalog';
import type { RegistrationEvent } from '@odst/contracts/registration';
import type { EventMetadata, EventStore } from '@odst/event-store';
import { OdstError } from '@odst/kernel';
import type { Logger } from '@odst/telemetry';
import type { Comparison } from '../domain/comparison.ts';
import { type HeldBack, heldBackOf } from '../domain/held-change.ts';
import { createDigestAnswers, type DigestAnswers } from './answer-digests.ts';
import { changeTransfer, type PeerPause, pausePeer, type TransferChange } from './change-transfer.ts';
import { createCoverageNews, toldOf } from './coverage-news.ts';
import { createFeedSignal } from './feed-signal.ts';
import type { HeldContents, Signatures, SiteDirectory } from './holdings-ports.ts';
import { type HeldPage, type ListHeld, listHeld } from './list-held.ts';
import { createOwnWriter } from './own-writer.ts';
import { createPeerEpochs } from './peer-epochs.ts';
import { PeerRoster } from './peer-roster.ts';
import { type PeerStatus, peerStatuses } from './peer-status.ts';
import { periodicOptions } from './periodic.ts';
import type { BlobFetcher, Catalog, Chance, FeedStore, PeerDirectory, PeerServers, PeerStore, Scheduler } from './ports.ts';
import { mendFeed, projectFeed, projectProfile } from './project-feed.ts';
import { type FeedPage, type ReadChanges, readChanges } from './read-changes.ts';
import { createHeldRetries } from './retry-held.ts';
import { type Statements, startStatements } from './statements.ts';
import { createStreams } from './streams.ts';
import type { RowsQuery, TransferRow } from './transfer-view.ts';
import { Transfers } from './transfers.ts';
import { type CoverageWait, createCoverageWaits, type WaitCoverageDeps, type WaitedCoverage } from './wait-coverage.ts';
import { type Progress, type WatchDeps, watchProgress } from './watch-progress.ts';

/** Pause between two looks at the registered peers, and the longest one between two at what is held back. */
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
  readonly sites: SiteDirectory;
  readonly signatures: Signatures;
  readonly contents: HeldContents;
  readonly scheduler: Scheduler;
  readonly chance: Chance;
  readonly logger: Logger;
};

/** The sync service without its wires. */
export interface Brain extends AsyncDisposable {
  /**
   * Carries an event of catalog into the feed, and looks for contents to fetch. Doing it again changes nothing.
   * @param uuid of the package whose stream it is in
   */
  onCatalogEvent(event: CatalogEvent, uuid: string, position: bigint): Promise<void>;
  /** Carries an event of registration into the feed, and looks at the peers. Doing it again changes nothing. */
  onRegistrationEvent(event: RegistrationEvent, position: bigint): Promise<void>;
  /** What servers say of themselves. */
  readonly statements: Statements;
  /** A page of this server's feed for a peer. @throws OdstError COMMON_REQUEST_INVALID, SYNC_ISS_DUPLICATE */
  readChanges(peerIss: string, request: Omit<ReadChanges, 'peerIss'>, signal: AbortSignal): Promise<FeedPage>;
  /** A peer says that it has changes. */
  acceptHint(peerIss: string): void;
  /** What is held back of each peer; those of which nothing is are left out. */
  heldBack(): Promise<ReadonlyMap<string, HeldBack>>;
  /** A page of what is held back of a peer. @throws OdstError COMMON_REQUEST_INVALID */
  listHeld(request: ListHeld): Promise<HeldPage>;
  /** How it goes with each peer, ordered by iss. */
  peerStatuses(): readonly PeerStatus[];
  /**
   * Reads a peer now, and compares then what both servers have.
   * @param waitMs how long to wait for what comes of it
   * @returns undefined while it goes on, or waits for the peer
   * @throws OdstError REGISTRATION_PEER_UNKNOWN
   */
  syncPeer(peerIss: string, waitMs: number): Promise<Comparison | undefined>;
  /** What peers ask that compare. */
  readonly digests: DigestAnswers;
  /** A page of what runs and waits. @throws OdstError COMMON_REQUEST_INVALID */
  listTransfers(query: RowsQuery): { readonly rows: readonly TransferRow[]; readonly next: string };
  /**
   * Pauses or resumes a transfer, puts it first or back.
   * @throws OdstError SYNC_TRANSFER_UNKNOWN, COMMON_REQUEST_INVALID, COMMON_DATABASE_UNAVAILABLE
   */
  changeTransfer(change: TransferChange, metadata: EventMetadata): Promise<TransferRow>;
  /** Fetches nothing from a peer, or again from it. @throws OdstError REGISTRATION_PEER_UNKNOWN, COMMON_REQUEST_INVALID */
  pausePeer(change: PeerPause, metadata: EventMetadata): Promise<void>;
  /** Waits until servers hold heads, by what they said. @throws OdstError COMMON_REQUEST_INVALID */
  waitCoverage(wait: CoverageWait, signal: AbortSignal): Promise<WaitedCoverage>;
  /** @throws OdstError COMMON_REQUEST_INVALID where a goal names nobody */
  checkGoal(goal: string): Promise<void>;
  /** What changes that is no event. */
  watch(signal: AbortSignal): AsyncIterable<Progress>;
  /** A peer says that this server lacks something that it has. */
  askedToCompare(peerIss: string): void;
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
    onPage: (peerIss, contents) => transfers.offered(peerIss, contents),
    onProfiles: (isses) => lookAtHeld(isses),
    onStatements: (told, fromIss) => statements.take(told, fromIss),
    mendFeed: (signal) => mendFeed({ ...deps, feedSignal }, signal),
    onGone: (peerIss) => transfers.cancelFrom(peerIss),
  });
  const hints = feedSignal.onRaised(() => roster.hint());
  transfers.start();
  const { held, lookAtHeld, writersStated } = startHeldRetries(deps, () => roster.statuses().map(({ peer }) => peer.iss));
  const news = createCoverageNews();
  const told = toldOf(feed, news);
  const ownWriter = createOwnWriter({ ...deps, statements: feed, onStated: writersStated });
  const statements = startStatements({
    ...{ ...deps, statements: told, feedSignal, ownWriter, writersStated },
    hasPeers: () => roster.statuses().length > 0,
    progressOf: (sha256) => transfers.view.progressOf(sha256),
  });
  const peersSweep = startPeersSweep(deps, roster, statements);
  const statuses = () => peerStatuses(roster.statuses(), transfers.view.backlogs(), transfers.choices.now.pausedPeers);

  return {
    async onCatalogEvent(event, uuid, position) {
      await projectFeed({ feed, feedSignal }, event, uuid, position);
      if (event.type === 'PackageWanted') transfers.wantedChanged();
      if (event.type === 'PackageLeaving') statements.leavingChanged();
    },
    async onRegistrationEvent(event, position) {
      await projectProfile({ feed, feedSignal }, event, position);
      if (event.type === 'PeerSettingsChanged') await roster.readAgain(event.data.iss);
      if (event.type === 'ServerUnblocked') await roster.readAgain();
      peersSweep.soon();
      news.tell([]);
      // What a server signed that was not known, or above a cap, may be taken in now.
      lookAtHeld('iss' in event.data ? new Set([event.data.iss]) : new Set());
    },
    statements,
    async readChanges(peerIss, request, signal) {
      if (request.epoch !== '') await epochs.note(peerIss, request.epoch);
      roster.readerOf(peerIss)?.nudge();
      const ended = AbortSignal.any([signal, roster.leaving(peerIss)]);
      return readChanges({ feed, feedSignal, scheduler, catalog: deps.catalog, ownWriter }, { ...request, peerIss }, ended);
    },
    heldBack: async () => heldBackOf(await deps.peers.heldGroups()),
    listHeld: (request) => listHeld(deps.peers, request),
    peerStatuses: statuses,
    digests: createDigestAnswers({ ...deps, ownWriter }),
    ...actsOf(transfers, roster, scheduler),
    ...waitsOf({ ...deps, statements: feed, coverage: statements.coverage, transfers, peerStatuses: statuses, news }),
    async [Symbol.asyncDispose]() {
      hints[Symbol.dispose]();
      await Promise.all([peersSweep[Symbol.asyncDispose](), held[Symbol.asyncDispose](), statements[Symbol.asyncDispose]()]);
      await roster[Symbol.asyncDispose]();
      await transfers[Symbol.asyncDispose]();
    },
  };
}

/** What others wait for. */
function waitsOf(deps: WatchDeps & WaitCoverageDeps): Pick<Brain, 'watch' | 'waitCoverage' | 'checkGoal'> {
  const { wait, check } = createCoverageWaits(deps);
  return { watch: (signal) => watchProgress(deps, signal), waitCoverage: wait, checkGoal: check };
}

/** What is asked of peers, and shown and decided of transfers. */
function actsOf(
  transfers: Transfers,
  roster: PeerRoster,
  scheduler: Scheduler,
): Pick<Brain, 'acceptHint' | 'syncPeer' | 'askedToCompare' | 'listTransfers' | 'changeTransfer' | 'pausePeer'> {
  const readerOf = (peerIss: string) => {
    const reader = roster.readerOf(peerIss);
    if (reader === undefined) throw new OdstError('REGISTRATION_PEER_UNKNOWN', `there is no peer ${peerIss}`);
    return reader;
  };
  return {
    acceptHint: (peerIss) => roster.readerOf(peerIss)?.nudge(),
    async syncPeer(peerIss, waitMs) {
      const compared = readerOf(peerIss).compareNow();
      return (await settlesWithin(waitMs, compared, scheduler)) ? compared : undefined;
    },
    askedToCompare: (peerIss) => roster.readerOf(peerIss)?.compareSoon(),
    listTransfers: (query) => transfers.view.list(query),
    changeTransfer: (change, metadata) => changeTransfer(transfers, change, metadata),
    async pausePeer(change, metadata) {
      readerOf(change.peerIss);
      await pausePeer(transfers, change, metadata);
    },
  };
}

/** Offers held changes again, now and then, and soon after something came that they may lack. */
function startHeldRetries(deps: BrainDeps, peers: () => readonly string[]) {
  const retries = createHeldRetries(deps);
  const held = startPeriodic({
    ...periodicOptions(deps),
    intervalMs: sweepMs,
    name: 'offering held changes again',
    leastGapMs: 1_000,
    run: async (signal) => ({ nextMs: Math.min(await retries.run(peers(), signal), sweepMs) }),
  });
  const lookAtHeld = (isses: ReadonlySet<string>): void => {
    retries.arrived(isses);
    held.soon();
  };
  const writersStated = (): void => {
    retries.writersStated();
    held.soon();
  };
  return { held, lookAtHeld, writersStated };
}

/** Asks for the registered peers, and has a new one told that this server runs. */
function startPeersSweep(deps: BrainDeps, roster: PeerRoster, statements: Statements): PeriodicWork {
  return startPeriodic({
    ...{ ...periodicOptions(deps), intervalMs: sweepMs },
    name: 'asking for the registered peers',
    leastGapMs: 50,
    async run() {
      const before = roster.statuses().length;
      await roster.refresh();
      if (roster.statuses().length > before) statements.peersChanged();
    },
  });
}
