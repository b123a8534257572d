import { type NextRun, type PeriodicWork, startPeriodic } from '@odst/async';
import { serviceMetadata } from '@odst/event-store';
import { OdstError } from '@odst/kernel';
import { type ContentId, contentKey } from '../domain/content-id.ts';
import { createPace } from '../domain/pace.ts';
import { changedBetween, type TransferChoices } from '../domain/transfer-choices.ts';
import { type Holder, outlookOf, transfersPerPeer, type WaitingContent } from '../domain/transfer-plan.ts';
import { createTransferQueue } from '../domain/transfer-queue.ts';
import { nextTurn, type Turn } from '../domain/turns.ts';
import { type Choices, createChoices } from './choices.ts';
import { makeRoom, putAside } from './make-room.ts';
import { type PeriodicDeps, periodicOptions } from './periodic.ts';
import type { BlobFetcher, Catalog, PeerStore, WantedContent } from './ports.ts';
import { fetchContent, type RunningTransfer } from './running-transfer.ts';
import type { Streams } from './streams.ts';
import { TransferLog, type TransferLogDeps } from './transfer-log.ts';
import { createTransferView, type TransferView } from './transfer-view.ts';
import { createWanted } from './wanted-contents.ts';

/** Pause between two looks at what catalog wants, where nothing asks for one. */
const sweepMs = 60_000;

/** Requests to look at what catalog wants are gathered this long. */
const gatherMs = 200;

/** Catalog publishes soon after a transfer; a content that it still wants after this long is fetched again. */
const settlingMs = 60_000;

/** A transfer of what catalog wants no longer is cancelled after this long: it may just have been published. */
const unwantedGraceMs = 10_000;

/** Contents whose holders are read in one round of planning: what is left of a long list waits for the next one, which follows at once. */
const lookedUpAtOnce = 500;

/** What transfers need. */
export type TransferDeps = PeriodicDeps &
  TransferLogDeps & {
    readonly streams: Pick<Streams, 'transfers' | 'choices'>;
    readonly catalog: Catalog;
    readonly fetcher: BlobFetcher;
    readonly peers: PeerStore;
    /** Peers that answer and can be connected to. */
    readonly onlinePeers: () => readonly string[];
  };

/**
 * Fetches what catalog wants: one source per content, two contents per peer at a time, again for ever. Of several manifests of one SHA-256
 * one at a time is fetched: storage keeps the bytes of one.
 */
export class Transfers implements AsyncDisposable {
  readonly #deps: TransferDeps;
  /** By SHA-256. */
  readonly #running = new Map<string, RunningTransfer>();
  readonly #ended = new Set<Promise<void>>();
  readonly #log: TransferLog;
  /** By SHA-256. */
  readonly #settlingUntil = new Map<string, Date>();
  /** Of the contents that are wanted under several manifests, by SHA-256. */
  readonly #turns = new Map<string, Turn>();
  /** Contents of which bytes are here, as far as this process knows. */
  readonly #begun = new Map<string, string>();
  readonly #wanted = createWanted();
  /** This and the next by {@link contentKey}. */
  readonly #holders = new Map<string, readonly Holder[]>();
  /** Contents of which it is to be asked who has them. */
  readonly #unsought = new Set<string>();
  /** Of the contents that are wanted under several manifests, those (by SHA-256) whose turn is to be looked at. */
  readonly #turnsDue = new Set<string>();
  readonly #queue = createTransferQueue();
  /** When it was asked last who has what nobody has that answers. */
  #soughtAt = new Date(0);
  #sweep: PeriodicWork | undefined;
  #planner: PeriodicWork | undefined;
  readonly #stop = new AbortController();
  /** Of contents that do not run, as the last try left them, by SHA-256. */
  readonly #verified = new Map<string, bigint>();
  #version = 0;
  /** What admins decided. */
  readonly choices: Choices;
  readonly view: TransferView;

  constructor(deps: TransferDeps) {
    this.#deps = deps;
    this.#log = new TransferLog(deps);
    this.choices = createChoices(deps.streams, (before, after) => this.#choose(before, after));
    this.view = createTransferView({
      wanted: this.#wanted,
      running: this.#running,
      log: this.#log,
      choices: () => this.choices.now,
      waiting: (content) => this.#waiting(content),
      onlinePeers: deps.onlinePeers,
      orderOf: (content) => this.#orderOf(content),
      verifiedBefore: (sha256) => this.#verified.get(sha256),
      now: () => deps.scheduler.now(),
    });
  }

  /** What runs, what is wanted, and a number that rises when one of the two changes. */
  get size(): { readonly running: number; readonly others: number; readonly version: number } {
    const running = this.#running.size;
    return { running, others: Math.max(0, this.#wanted.size - running), version: this.#version };
  }

  /** Begins to look for what catalog wants. */
  start(): void {
    const options = periodicOptions(this.#deps);
    const intervalMs = Number.POSITIVE_INFINITY;
    this.#planner = startPeriodic({ ...options, name: 'planning transfers', intervalMs, run: () => this.#plan() });
    this.#sweep = startPeriodic({
      ...options,
      name: 'asking what is wanted',
      intervalMs: sweepMs,
      leastGapMs: gatherMs,
      run: () => this.#refresh(),
    });
  }

  /** Catalog may want something new. */
  wantedChanged(): void {
    this.#sweep?.soon();
  }

  /** A peer's feed named these contents, anew or again: it may have them now, so its pauses end. */
  offered(peerIss: string, contents: readonly ContentId[]): void {
    const keys = new Set(contents.map(contentKey));
    this.#log.endPauses(peerIss, keys);
    for (const key of keys) this.#seek(key);
    this.#planner?.soon();
  }

  /** A peer answers again, or does not. */
  reachChanged(peerIss: string, online: boolean): void {
    if (online) for (const key of this.#log.endPauses(peerIss)) this.#queueAgain(key);
    for (const sha256 of this.#wanted.contested()) this.#turnsDue.add(sha256);
    this.#planner?.soon();
  }

  /**
   * Ends all transfers from a server that is a peer no longer; they go on from others.
   * @throws OdstError COMMON_DATABASE_UNAVAILABLE
   */
  async cancelFrom(peerIss: string): Promise<void> {
    for (const running of this.#running.values()) {
      if (running.sourceIss === peerIss) running.abort.abort(new OdstError('STORAGE_PEER_FAILED', 'it is a peer no longer'));
    }
    for (const key of this.#wanted.keys()) this.#seek(key);
    this.#planner?.soon();
    await this.choices.run({ type: 'ResumePeer', peerIss }, serviceMetadata('sync', this.#deps.chance.uuid()));
  }

  /** Stops; what runs goes on at the next start from what storage has verified. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await Promise.all([this.#sweep?.[Symbol.asyncDispose](), this.#planner?.[Symbol.asyncDispose]()]);
    for (const running of this.#running.values()) running.abort.abort();
    await Promise.all(this.#ended);
  }

  async #refresh(): Promise<NextRun> {
    await this.choices.ready();
    const contents = await this.#deps.catalog.listWanted();
    const now = this.#deps.scheduler.now();
    const { added, removed } = this.#wanted.replace(contents);
    for (const key of removed) this.#letGo(key);
    for (const key of added) this.#seek(key);
    if (now.getTime() - this.#soughtAt.getTime() >= sweepMs) this.#seekAgain(now);
    if (added.length + removed.length > 0) this.#version += 1;
    await this.#endChoices();
    this.#log.retain(this.#wanted);
    for (const memory of [this.#settlingUntil, this.#turns, this.#begun, this.#verified]) {
      for (const sha256 of memory.keys()) if (this.#wanted.of(sha256).length === 0) memory.delete(sha256);
    }
    let unwanted = false;
    for (const running of this.#running.values()) {
      const isWanted = this.#wanted.get(contentKey(running.content)) !== undefined;
      running.unwantedSince = isWanted ? undefined : (running.unwantedSince ?? now);
      unwanted ||= running.unwantedSince !== undefined;
      if (now.getTime() - (running.unwantedSince ?? now).getTime() >= unwantedGraceMs) {
        running.abort.abort(new OdstError('CATALOG_CONTENT_CHANGED', 'no package names the content any longer'));
      }
    }
    this.#planner?.soon();
    return { nextMs: unwanted ? unwantedGraceMs : sweepMs };
  }

  async #plan(): Promise<NextRun> {
    const { scheduler } = this.#deps;
    if (this.#wanted.size === 0) return { nextMs: Number.POSITIVE_INFINITY };
    await this.#seekHolders();
    const now = scheduler.now();
    const online = this.#fetchable();
    const freeSlots = new Map([...online].map((iss) => [iss, transfersPerPeer]));
    for (const { sourceIss } of this.#running.values()) {
      const free = freeSlots.get(sourceIss);
      if (free !== undefined) freeSlots.set(sourceIss, free - 1);
    }
    const turnEndsMs = this.#takeTurns(online, now);
    const plan = this.#queue.plan(now, freeSlots);
    for (const { sourceIss, ...id } of plan.starts) {
      const content = this.#wanted.get(contentKey(id));
      if (content !== undefined) this.#start(content, sourceIss);
    }
    makeRoom({
      ...{ wanted: this.#wanted, running: this.#running, choices: this.choices.now, online, now },
      waiting: (content) => this.#waiting(content),
      // What is to be looked up first cannot take the room yet.
      hasTurn: (content) => this.#hasTurn(content) && !this.#unsought.has(contentKey(content)),
      orderOf: (content) => this.#orderOf(content),
    });
    if (this.#unsought.size > 0) return { nextMs: 0 };
    return { nextMs: Math.min(plan.lookAgainAt?.getTime() ?? Number.POSITIVE_INFINITY, turnEndsMs) - now.getTime() };
  }

  /** Gives each SHA-256 that is wanted under several manifests to one of them. @returns when the first turn ends */
  #takeTurns(online: ReadonlySet<string>, now: Date): number {
    for (const [sha256, { endsAt }] of this.#turns) if (endsAt <= now) this.#turnsDue.add(sha256);
    for (const sha256 of this.#turnsDue) this.#takeTurn(sha256, online, now);
    this.#turnsDue.clear();
    let endsMs = Number.POSITIVE_INFINITY;
    for (const { endsAt } of this.#turns.values()) endsMs = Math.min(endsMs, endsAt.getTime());
    return endsMs;
  }

  #takeTurn(sha256: string, online: ReadonlySet<string>, now: Date): void {
    const contents = this.#wanted.of(sha256);
    const before = this.#turns.get(sha256);
    if (contents.length < 2) this.#turns.delete(sha256);
    else {
      const running = this.#running.get(sha256);
      const runningKey = running && contentKey(running.content);
      const contenders = contents.map((content) => {
        const key = contentKey(content);
        const { canBegin, isPutAside } = outlookOf(this.#waiting(content), online, now);
        const hasProgress = this.#begun.get(sha256) === key;
        return { key, canRun: canBegin || key === runningKey, hasProgress, isPutAside };
      });
      const turn = nextTurn(contenders, before, now);
      this.#turns.set(sha256, turn);
      if (runningKey !== undefined && runningKey !== turn.key) {
        running?.abort.abort(new OdstError('STORAGE_PEER_FAILED', 'another manifest of the same content has its turn'));
      }
    }
    if (this.#turns.get(sha256)?.key !== before?.key) for (const content of contents) this.#queueAgain(contentKey(content));
  }

  #hasTurn(content: WantedContent): boolean {
    const turn = this.#turns.get(content.sha256);
    return turn === undefined || turn.key === contentKey(content);
  }

  /** It is to be asked who has a content. */
  #seek(key: string): void {
    if (this.#wanted.get(key) !== undefined) this.#unsought.add(key);
  }

  /** Another process may have heard who has what nobody has that answers. */
  #seekAgain(now: Date): void {
    this.#soughtAt = now;
    const online = new Set(this.#deps.onlinePeers());
    const isHeld = (key: string) => this.#holders.get(key)?.some(({ peerIss }) => online.has(peerIss)) === true;
    for (const key of this.#wanted.keys()) if (!isHeld(key)) this.#seek(key);
  }

  /** Asks who has what is to be asked for, a part of it at a time. */
  async #seekHolders(): Promise<void> {
    const contents = new Map<string, WantedContent>();
    const firsts = [...this.choices.now.firsts.keys()].flatMap((sha256) => this.#wanted.of(sha256).map(contentKey));
    for (const key of new Set([...firsts.filter((one) => this.#unsought.has(one)), ...this.#unsought])) {
      if (contents.size === lookedUpAtOnce) break;
      const content = this.#wanted.get(key);
      this.#unsought.delete(key);
      if (content !== undefined) contents.set(key, content);
    }
    if (contents.size === 0) return;
    try {
      const holders = await this.#deps.peers.holdersOf([...contents.values()]);
      for (const key of contents.keys()) {
        this.#holders.set(key, holders.get(key) ?? []);
        this.#queueAgain(key);
      }
    } catch (error) {
      for (const key of contents.keys()) this.#unsought.add(key);
      throw error;
    }
  }

  /** Puts a content into the queue as it is now, or takes it out where it is not to begin. */
  #queueAgain(key: string): void {
    const content = this.#wanted.get(key);
    if (content === undefined) return;
    if (this.#wanted.of(content.sha256).length > 1) this.#turnsDue.add(content.sha256);
    const { sha256 } = content;
    const isHeld = this.#running.has(sha256) || this.choices.now.paused.has(sha256) || !this.#hasTurn(content);
    if (isHeld) this.#queue.remove(content);
    else this.#queue.put(this.#waiting(content), this.#orderOf(content));
  }

  /** Its place in the order in which contents begin: what was put first comes before what was wanted first. */
  #orderOf(content: WantedContent): number {
    const place = this.choices.now.firsts.get(content.sha256);
    return place === undefined ? this.#wanted.orderOf(contentKey(content)) : -place;
  }

  /** Peers from which bytes may be fetched now. */
  #fetchable(): ReadonlySet<string> {
    const { pausedPeers } = this.choices.now;
    return new Set(this.#deps.onlinePeers().filter((iss) => !pausedPeers.has(iss)));
  }

  /** Follows what was decided: what runs and is paused ends, without being a fault of anybody's. */
  #choose(before: TransferChoices, after: TransferChoices): void {
    for (const running of this.#running.values()) {
      if (after.paused.has(running.content.sha256) || after.pausedPeers.has(running.sourceIss)) putAside(running);
    }
    for (const sha256 of changedBetween(before, after)) {
      for (const content of this.#wanted.of(sha256)) this.#queueAgain(contentKey(content));
    }
    for (const sha256 of this.#wanted.contested()) this.#turnsDue.add(sha256);
    this.#version += 1;
    this.#planner?.soon();
  }

  /** Of what is wanted no longer nothing is decided any more. */
  async #endChoices(): Promise<void> {
    const { paused, firsts } = this.choices.now;
    const blobs = [...new Set([...paused.keys(), ...firsts.keys()])].filter((blob) => this.#wanted.of(blob).length === 0);
    if (blobs.length === 0) return;
    await this.choices.run({ type: 'EndChoices', blobs }, serviceMetadata('sync', this.#deps.chance.uuid()));
  }

  /** A content is wanted no longer. */
  #letGo({ key, content }: { readonly key: string; readonly content: WantedContent }): void {
    this.#queue.remove(content);
    this.#holders.delete(key);
    this.#turnsDue.add(content.sha256);
  }

  #waiting(content: WantedContent): WaitingContent {
    const { sha256, manifestDigest, toldByIss } = content;
    const { here, bySource } = this.#log.stateOf(content);
    const settledAt = this.#settlingUntil.get(sha256);
    const pause = settledAt === undefined || (here !== undefined && here.nextTryAt > settledAt) ? here : settling(settledAt);
    return { sha256, manifestDigest, toldByIss, holders: this.#holders.get(contentKey(content)) ?? [], here: pause, bySource };
  }

  #start(content: WantedContent, sourceIss: string): void {
    const running: RunningTransfer = {
      ...{ content, sourceIss, abort: new AbortController(), verifiedBytes: 0n, strip: [], unwantedSince: undefined },
      ...{ pace: createPace(), startedAt: this.#deps.scheduler.now(), isPutAside: false },
    };
    this.#running.set(content.sha256, running);
    this.#version += 1;
    const ended = this.#run(running).finally(() => {
      this.#running.delete(content.sha256);
      this.#version += 1;
      this.#ended.delete(ended);
      // Of what failed it is asked anew who has it: the source may have lost it.
      for (const one of this.#wanted.of(content.sha256)) this.#seek(contentKey(one));
      this.#planner?.soon();
    });
    this.#ended.add(ended);
  }

  async #run(running: RunningTransfer): Promise<void> {
    const { sha256 } = running.content;
    try {
      await this.#log.started(running);
      await fetchContent(this.#deps, running);
      this.#settlingUntil.set(sha256, new Date(this.#deps.scheduler.now().getTime() + settlingMs));
      for (const removed of this.#wanted.remove(sha256)) this.#letGo(removed);
      await this.#log.completed(running, this.#stop.signal);
    } catch (error) {
      this.#begun.delete(sha256);
      if (running.verifiedBytes > 0n) {
        this.#begun.set(sha256, contentKey(running.content));
        this.#verified.set(sha256, running.verifiedBytes);
      }
      const { aborted, reason } = running.abort.signal;
      if (running.isPutAside || this.#stop.signal.aborted) return;
      await this.#log.failed(running, aborted ? reason : error);
    }
  }
}

/** What was fetched a moment ago is not fetched again until then. */
function settling(nextTryAt: Date) {
  return { failures: 0, nextTryAt, badManifest: false };
}
