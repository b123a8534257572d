import { type NextRun, type PeriodicWork, startPeriodic } from '@odst/async';
import { OdstError } from '@odst/kernel';
import { type ContentId, contentKey } from '../domain/content-id.ts';
import type { OwnProgress } from '../domain/coverage.ts';
import {
  type Holder,
  outlookOf,
  planTransfers,
  sourcesOf,
  transfersPerPeer,
  type WaitingContent,
} from '../domain/transfer-plan.ts';
import { nextTurn, type Turn } from '../domain/turns.ts';
import { type PeriodicDeps, periodicOptions } from './periodic.ts';
import type { BlobFetcher, Catalog, PeerStore, WantedContent } from './ports.ts';
import { fetchContent, type RunningTransfer } from './running-transfer.ts';
import { TransferLog, type TransferLogDeps } from './transfer-log.ts';

/** Pause between two looks at what catalog wants, where nothing asks for one. */
const sweepMs = 60_000;

/** Requests to look at what catalog wants are gathered this long. */
const gatherMs = 200;

/** Catalog publishes soon after a transfer; a content that it still wants after this long is fetched again. */
const settlingMs = 60_000;

/** A transfer of what catalog wants no longer is cancelled after this long: it may just have been published. */
const unwantedGraceMs = 10_000;

/** What transfers need. */
export type TransferDeps = PeriodicDeps &
  TransferLogDeps & {
    readonly catalog: Catalog;
    readonly fetcher: BlobFetcher;
    readonly peers: PeerStore;
    /** Peers that answer and can be connected to. */
    readonly onlinePeers: () => readonly string[];
  };

/** What is to come from a peer. */
export type Backlog = {
  readonly transfers: number;
  readonly bytes: bigint;
  /** Last error of a content that is still wanted; empty for none. */
  readonly lastError: string;
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
  /** This and the next by {@link contentKey}. */
  #wanted = new Map<string, WantedContent>();
  #holders: ReadonlyMap<string, readonly Holder[]> = new Map();
  #holdersStale = true;
  #sweep: PeriodicWork | undefined;
  #planner: PeriodicWork | undefined;
  readonly #stop = new AbortController();

  constructor(deps: TransferDeps) {
    this.#deps = deps;
    this.#log = new TransferLog(deps);
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
    this.#log.endPauses(peerIss, new Set(contents.map(contentKey)));
    this.#holdersStale = true;
    this.#planner?.soon();
  }

  /** A peer answers again, or does not. */
  reachChanged(peerIss: string, online: boolean): void {
    if (online) this.#log.endPauses(peerIss);
    this.#planner?.soon();
  }

  /** Ends all transfers from a peer; they go on from others. */
  cancelFrom(peerIss: string): void {
    for (const running of this.#running.values()) {
      if (running.sourceIss === peerIss) running.abort.abort(new OdstError('STORAGE_PEER_FAILED', 'it is a peer no longer'));
    }
    this.#holdersStale = true;
    this.#planner?.soon();
  }

  /** What is to come from each peer: a content that waits counts for its best source. */
  backlogs(): ReadonlyMap<string, Backlog> {
    const backlogs = new Map<string, Backlog>();
    for (const content of this.#wanted.values()) {
      const ofBytes = this.#running.get(content.sha256);
      const running = ofBytes !== undefined && contentKey(ofBytes.content) === contentKey(content) ? ofBytes : undefined;
      const peerIss = running?.sourceIss ?? sourcesOf(this.#waiting(content))[0] ?? content.toldByIss;
      const backlog = backlogs.get(peerIss) ?? { transfers: 0, bytes: 0n, lastError: '' };
      backlogs.set(peerIss, {
        transfers: backlog.transfers + 1,
        bytes: backlog.bytes + content.sizeBytes - (running?.verifiedBytes ?? 0n),
        lastError: backlog.lastError,
      });
    }
    for (const { peerIss, reason } of this.#log.lastErrors()) {
      backlogs.set(peerIss, { ...(backlogs.get(peerIss) ?? { transfers: 0, bytes: 0n }), lastError: reason });
    }
    return backlogs;
  }

  /** How it goes with a content, whatever its manifest; undefined where it neither comes nor failed. */
  progressOf(sha256: string): OwnProgress | undefined {
    const running = this.#running.get(sha256);
    if (running !== undefined) {
      return { state: 'downloading', reason: `${running.verifiedBytes} of ${running.content.sizeBytes} bytes are here` };
    }
    const failed = [...this.#wanted.values()].filter(
      (content) => content.sha256 === sha256 && this.#log.errorOf(content) !== undefined,
    );
    const [content] = failed;
    if (content === undefined) return undefined;
    const { here, bySource } = this.#log.stateOf(content);
    const next =
      here?.nextTryAt ?? [...bySource.values()].map(({ nextTryAt }) => nextTryAt).sort((one, other) => +one - +other)[0];
    return { state: 'retrying', reason: this.#log.errorOf(content) ?? '', nextTryAt: next ?? this.#deps.scheduler.now() };
  }

  /** Stops; what runs goes on at the next start from what storage has verified. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await Promise.all([this.#sweep?.[Symbol.asyncDispose](), this.#planner?.[Symbol.asyncDispose]()]);
    for (const running of this.#running.values()) running.abort.abort();
    await Promise.all(this.#ended);
  }

  async #refresh(): Promise<NextRun> {
    const contents = await this.#deps.catalog.listWanted();
    const now = this.#deps.scheduler.now();
    this.#wanted = new Map(contents.map((content) => [contentKey(content), content]));
    this.#holdersStale = true;
    this.#log.retain(this.#wanted);
    const sha256s = new Set(contents.map(({ sha256 }) => sha256));
    for (const memory of [this.#settlingUntil, this.#turns, this.#begun]) {
      for (const sha256 of memory.keys()) if (!sha256s.has(sha256)) memory.delete(sha256);
    }
    let unwanted = false;
    for (const running of this.#running.values()) {
      running.unwantedSince = this.#wanted.has(contentKey(running.content)) ? undefined : (running.unwantedSince ?? now);
      unwanted ||= running.unwantedSince !== undefined;
      if (now.getTime() - (running.unwantedSince ?? now).getTime() >= unwantedGraceMs) {
        running.abort.abort(new OdstError('CATALOG_CONTENT_CHANGED', 'no package names the content any longer'));
      }
    }
    this.#planner?.soon();
    return { nextMs: unwanted ? unwantedGraceMs : sweepMs };
  }

  async #plan(): Promise<NextRun> {
    const { scheduler, onlinePeers } = this.#deps;
    if (this.#wanted.size === 0) return { nextMs: Number.POSITIVE_INFINITY };
    const wanted = this.#wanted;
    if (this.#holdersStale) {
      this.#holdersStale = false;
      this.#holders = await this.#readHolders(wanted);
    }
    const now = scheduler.now();
    const online = new Set(onlinePeers());
    const freeSlots = new Map([...online].map((iss) => [iss, transfersPerPeer]));
    for (const { sourceIss } of this.#running.values()) {
      const free = freeSlots.get(sourceIss);
      if (free !== undefined) freeSlots.set(sourceIss, free - 1);
    }
    const turnEndsMs = this.#takeTurns(wanted, online, now);
    const idle = [...wanted.values()].filter((content) => !this.#running.has(content.sha256) && this.#hasTurn(content));
    const waiting = idle.filter(({ sha256 }) => (this.#settlingUntil.get(sha256)?.getTime() ?? 0) <= now.getTime());
    const plan = planTransfers({ waiting: waiting.map((content) => this.#waiting(content)), freeSlots, now });
    for (const { sourceIss, ...id } of plan.starts) {
      const content = wanted.get(contentKey(id));
      if (content !== undefined) this.#start(content, sourceIss);
    }
    const settled = idle.length > waiting.length ? now.getTime() + settlingMs : Number.POSITIVE_INFINITY;
    return { nextMs: Math.min(plan.lookAgainAt?.getTime() ?? Number.POSITIVE_INFINITY, settled, turnEndsMs) - now.getTime() };
  }

  /** Gives each SHA-256 that is wanted under several manifests to one of them. @returns when the first turn ends */
  #takeTurns(wanted: ReadonlyMap<string, WantedContent>, online: ReadonlySet<string>, now: Date): number {
    let endsMs = Number.POSITIVE_INFINITY;
    for (const [sha256, contents] of Map.groupBy(wanted.values(), (content) => content.sha256)) {
      if (contents.length === 1) {
        this.#turns.delete(sha256);
        continue;
      }
      const running = this.#running.get(sha256);
      const runningKey = running && contentKey(running.content);
      const contenders = contents.map((content) => {
        const key = contentKey(content);
        const { canBegin, isPutAside } = outlookOf(this.#waiting(content), online, now);
        const hasProgress = this.#begun.get(sha256) === key;
        return { key, canRun: canBegin || key === runningKey, hasProgress, isPutAside };
      });
      const turn = nextTurn(contenders, this.#turns.get(sha256), now);
      this.#turns.set(sha256, turn);
      endsMs = Math.min(endsMs, turn.endsAt.getTime());
      if (runningKey === undefined || runningKey === turn.key) continue;
      running?.abort.abort(new OdstError('STORAGE_PEER_FAILED', 'another manifest of the same content has its turn'));
    }
    return endsMs;
  }

  #hasTurn(content: WantedContent): boolean {
    const turn = this.#turns.get(content.sha256);
    return turn === undefined || turn.key === contentKey(content);
  }

  async #readHolders(wanted: ReadonlyMap<string, WantedContent>): Promise<ReadonlyMap<string, readonly Holder[]>> {
    try {
      return await this.#deps.peers.holdersOf([...wanted.values()]);
    } catch (error) {
      this.#holdersStale = true;
      throw error;
    }
  }

  #waiting(content: WantedContent): WaitingContent {
    const { sha256, manifestDigest, toldByIss } = content;
    const { here, bySource } = this.#log.stateOf(content);
    return { sha256, manifestDigest, toldByIss, holders: this.#holders.get(contentKey(content)) ?? [], here, bySource };
  }

  #start(content: WantedContent, sourceIss: string): void {
    const running = { content, sourceIss, abort: new AbortController(), verifiedBytes: 0n, unwantedSince: undefined };
    this.#running.set(content.sha256, running);
    const ended = this.#run(running).finally(() => {
      this.#running.delete(content.sha256);
      this.#ended.delete(ended);
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
      for (const [key, content] of this.#wanted) if (content.sha256 === sha256) this.#wanted.delete(key);
      await this.#log.completed(running, this.#stop.signal);
    } catch (error) {
      this.#begun.delete(sha256);
      if (running.verifiedBytes > 0n) this.#begun.set(sha256, contentKey(running.content));
      const { aborted, reason } = running.abort.signal;
      if (!this.#stop.signal.aborted) await this.#log.failed(running, aborted ? reason : error);
    }
  }
}
