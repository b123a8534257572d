import { type AutoResetEvent, type Backoff, createAutoResetEvent, createBackoff } from '@odst/async';
import { changesOfRecord, type PackageRecord } from '@odst/contracts/catalog';
import { admits, isOdstError, OdstError, stages } from '@odst/kernel';
import type { Comparison } from '../domain/comparison.ts';
import { type ContentId, contentKey } from '../domain/content-id.ts';
import type { Statement } from '../domain/holdings.ts';
import { retryPauses } from '../domain/transfer.ts';
import type { RecordsAnswer } from './comparison-ports.ts';
import { type OfferedPage, offerPage } from './offer-page.ts';
import { createPeerComparer, type PeerComparer } from './peer-comparer.ts';
import { type ContactDeps, PeerContact, type Reach } from './peer-contact.ts';
import type { PeerEpochs } from './peer-epochs.ts';
import type {
  Catalog,
  ChangesPage,
  FeedStore,
  NamedContent,
  Peer,
  PeerDirectory,
  PeerServers,
  PeerStore,
  Scheduler,
} from './ports.ts';
import { largestPage, longestWaitMs } from './read-changes.ts';

/** Records asked for at once. */
const pageLimit = Math.min(500, largestPage);

/** A peer that answers "nothing" before its time is asked again after this pause, not at once. */
const earlyAnswerPauseMs = 1_000;

/** Hints and contacts of a peer that fails cut its pause short at most this often. */
const leastNudgeGapMs = 1_000;

/** A firewalled peer polls at least every 30 s; after this long without a word it counts as offline. */
const firewalledSilenceMs = 90_000;

const hex64 = /^[0-9a-f]{64}$/;

/** What a reader needs. */
export type ReaderDeps = ContactDeps & {
  readonly servers: PeerServers;
  readonly catalog: Catalog;
  readonly directory: PeerDirectory;
  readonly peers: PeerStore;
  readonly scheduler: Scheduler;
  readonly feed: Pick<FeedStore, 'head' | 'writers'>;
  readonly epochs: PeerEpochs;
  /** Has this server's feed tell what it has. */
  readonly mendFeed: (signal: AbortSignal) => Promise<void>;
  /** Takes in what servers say of themselves. @throws OdstError when it cannot now */
  readonly onStatements: (told: readonly Statement[], fromIss: string) => Promise<unknown>;
  /** Called when a page of the peer's feed was committed, with the contents that it names. */
  readonly onPage: (peerIss: string, contents: readonly ContentId[]) => void;
  /** Called when a page brought profiles of these servers: what they signed may be taken in now. */
  readonly onProfiles: (isses: ReadonlySet<string>) => void;
};

/** How it goes with a peer. */
export type ReaderStatus = {
  readonly peer: Peer;
  readonly reach: Reach;
  readonly lastAnswerAt: Date | undefined;
  /** When it was last seen to have been restored from a backup. */
  readonly restoredAt: Date | undefined;
  /** Entries of its feed that are still to be read, as it said last; undefined before its first answer since this process started. */
  readonly behind: number | undefined;
  /** When its feed was read to its end last. */
  readonly readToEndAt: Date | undefined;
  /** Empty when all is well. */
  readonly lastError: string;
  /** Tries in a row that failed. */
  readonly failedTries: number;
  /** Undefined while a request is under way, and for a peer that is not read. */
  readonly nextTryAt: Date | undefined;
  /** The last comparison with it; undefined before the first. */
  readonly comparison: Comparison | undefined;
  /** Whether one is under way, or to begin when its feed is read to the end. */
  readonly isComparing: boolean;
};

/** The contents that a peer's record names in any of its changes, each once. What catalog refuses of it is wanted by nobody. */
function contentsOf(record: PackageRecord, peer: Pick<Peer, 'iss' | 'stage'>): readonly NamedContent[] {
  const named = new Map<string, NamedContent>();
  for (const { iss, sets } of changesOfRecord(record)) {
    for (const { stage: name, content } of sets) {
      const stage = stages.find((known) => known === name);
      if (stage === undefined || content === undefined || !isContentId(content)) continue;
      const { sha256, manifestDigest } = content;
      const key = contentKey(content);
      const likely = named.get(key)?.likely === true || iss === peer.iss || admits(peer.stage, stage);
      named.set(key, { packageUuid: record.uuid, sha256, manifestDigest, likely });
    }
  }
  return [...named.values()];
}

function isContentId({ sha256, manifestDigest }: ContentId): boolean {
  return hex64.test(sha256) && hex64.test(manifestDigest);
}

/** Whether a page has anything in it. */
function isFull({ records, profiles, retirements, statements, malformed }: ChangesPage): boolean {
  return records.length + profiles.length + retirements.length + statements.length + malformed.length > 0;
}

/**
 * Reads the feed of one peer for ever: its own queue, its own time-outs, its own backoff. The cursor moves only when
 * every record of a page was offered, so that nothing is lost whenever the process dies.
 */
export class PeerReader implements AsyncDisposable {
  readonly #deps: ReaderDeps;
  readonly #abort = new AbortController();
  readonly #wake: AutoResetEvent;
  readonly #backoff: Backoff;
  readonly #contact: PeerContact;
  #peer: Peer;
  #cursor: string | undefined;
  /** Whether held changes were dropped, so that the feed is read again once there is room for them. */
  #droppedHeld = false;
  #lastAnswerAt: Date | undefined;
  #restoredAt: Date | undefined;
  #behind: number | undefined;
  #readToEndAt: Date | undefined;
  #lastError = '';
  #nextTryAt: Date | undefined;
  #lastTryMs = 0;
  /** Whether the next request is to be answered at once: after a start, a failure, or when an admin asked. */
  #atOnce = true;
  /** Whether the feed was read to its end, as it was then: what differs after that is no mere lag. */
  #isAtEnd = false;
  readonly #comparer: PeerComparer;
  #request: AbortController | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(deps: ReaderDeps, peer: Peer) {
    this.#deps = deps;
    this.#peer = peer;
    this.#wake = createAutoResetEvent(deps.scheduler);
    this.#backoff = createBackoff({ ...retryPauses, random: () => deps.chance.random() });
    this.#contact = new PeerContact(deps, peer.iss);
    this.#comparer = createPeerComparer(deps, peer.iss);
  }

  /** Begins to read. */
  start(): void {
    this.#running = this.#run(this.#abort.signal);
  }

  get status(): ReaderStatus {
    return {
      peer: this.#peer,
      reach: this.#contact.reach,
      lastAnswerAt: this.#lastAnswerAt,
      restoredAt: this.#restoredAt,
      behind: this.#behind,
      readToEndAt: this.#readToEndAt,
      lastError: this.#lastError,
      failedTries: this.#backoff.failures,
      nextTryAt: this.#nextTryAt,
      comparison: this.#comparer.last,
      isComparing: this.#comparer.isComparing,
    };
  }

  /** The peer's profile changed: it is tried at once, where it was not before. */
  update(peer: Peer): void {
    this.#peer = peer;
    this.readNow();
  }

  /** Reads now: ends a pause, and asks anew when a long poll is under way. */
  readNow(): void {
    this.#atOnce = true;
    this.#request?.abort();
    this.#wake.set();
  }

  /** Reads now, and compares then what both servers have. @returns what comes of it; undefined where the reader ends before */
  compareNow(): Promise<Comparison | undefined> {
    const compared = this.#comparer.ask();
    this.readNow();
    return compared;
  }

  /** The peer says that this server lacks something that it has. */
  compareSoon(): void {
    this.#comparer.hint();
  }

  /** The peer said something, so it is alive: ends a pause between tries. A long poll under way hears of changes itself. */
  nudge(): void {
    const nowMs = this.#deps.scheduler.now().getTime();
    if (this.#peer.firewalled) this.#lastAnswerAt = new Date(nowMs);
    else if (this.#nextTryAt === undefined || nowMs - this.#lastTryMs < leastNudgeGapMs) return;
    this.#wake.set();
  }

  /** Stops reading; a page that is being offered is read again next time. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort();
    await this.#running;
    this.#comparer.end();
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        this.#cursor ??= await this.#remember();
        if (this.#droppedHeld) await this.#beginAgain();
        if (this.#peer.firewalled) await this.#listen(signal);
        else {
          await this.#read(this.#cursor, signal);
          if (this.#isAtEnd && this.#comparer.isDue) await this.#compare(signal);
        }
      } catch (error) {
        if (!signal.aborted) await this.#failed(error, signal);
      }
    }
  }

  async #remember(): Promise<string> {
    const { cursor, lastAnswerAt, restoredAt, readToEndAt, droppedHeld, comparison } = await this.#deps.peers.load(
      this.#peer.iss,
    );
    this.#lastAnswerAt ??= lastAnswerAt;
    this.#droppedHeld = droppedHeld;
    this.#restoredAt = restoredAt;
    this.#readToEndAt ??= readToEndAt;
    this.#comparer.remember(comparison);
    return cursor;
  }

  async #beginAgain(): Promise<void> {
    const { peers, logger } = this.#deps;
    if (!(await peers.beginAgain(this.#peer.iss))) return;
    this.#droppedHeld = false;
    this.#cursor = '';
    this.#atOnce = true;
    logger.info({ peer: this.#peer.iss }, 'there is room again for changes that are held back; the feed is read from its start');
  }

  /** In the turn of reading, so that records come in one order. */
  async #compare(signal: AbortSignal): Promise<void> {
    const catchUp = async (until: AbortSignal) => {
      do {
        this.#atOnce = true;
        await this.#read(this.#cursor ?? '', signal);
        until.throwIfAborted();
      } while (!this.#isAtEnd);
    };
    await this.#comparer.run({ catchUp, take: async (answer) => (await this.#commit(answer, undefined, signal)).held }, signal);
    this.#atOnce = true;
  }

  /** A firewalled peer cannot be read: it reads this server. Its state is what it lets be heard of it. */
  async #listen(signal: AbortSignal): Promise<void> {
    const silentMs = this.#deps.scheduler.now().getTime() - (this.#lastAnswerAt?.getTime() ?? 0);
    if (silentMs < firewalledSilenceMs) await this.#contact.answered();
    else if (this.#contact.reach !== 'unknown' || this.#lastAnswerAt !== undefined) {
      await this.#contact.failed('SYNC_PEER_FAILED', 'the firewalled peer has not asked for changes for a while');
    }
    this.#lastError = '';
    this.#backoff.reset();
    this.#comparer.cannot('this server cannot connect to it, as it is firewalled; it compares with this one by itself');
    await this.#wake.wait(signal, firewalledSilenceMs);
  }

  async #read(cursor: string, signal: AbortSignal): Promise<void> {
    const { scheduler, servers, feed } = this.#deps;
    const epoch = (await feed.head()).epochs.at(-1)?.id ?? '';
    const waitMs = this.#atOnce ? 0 : longestWaitMs;
    const startedMs = scheduler.now().getTime();
    const request = new AbortController();
    this.#atOnce = false;
    this.#isAtEnd = false;
    this.#lastTryMs = startedMs;
    this.#request = request;
    let page: ChangesPage;
    try {
      const asked = { peerIss: this.#peer.iss, after: cursor, waitMs, limit: pageLimit, epoch };
      page = await servers.readChanges(asked, AbortSignal.any([signal, request.signal]));
    } catch (error) {
      if (request.signal.aborted) return;
      throw error;
    } finally {
      this.#request = undefined;
    }
    if (page.next === cursor && (isFull(page) || page.more)) {
      throw new OdstError('SYNC_PEER_FAILED', 'the peer gave records without moving its cursor');
    }
    await this.#take(page, cursor, signal);
    this.#isAtEnd = !page.more;
    const tookMs = scheduler.now().getTime() - startedMs;
    const early = !isFull(page) && waitMs > 0 && tookMs < waitMs / 2;
    if (early) await this.#wake.wait(signal, earlyAnswerPauseMs);
  }

  async #take(page: ChangesPage, cursor: string, signal: AbortSignal): Promise<void> {
    const { peers, logger, scheduler } = this.#deps;
    const { iss } = this.#peer;
    await this.#deps.epochs.note(iss, page.epoch);
    this.#lastAnswerAt = scheduler.now();
    await this.#contact.answered();
    if (page.restored) this.#noteRestored(page);
    for (const { uuid, reason } of page.malformed)
      logger.warn({ peer: iss, package: uuid, reason }, 'a peer told what cannot be read');
    if (page.next === cursor) {
      await peers.noteAnswer(iss, this.#lastAnswerAt);
    } else {
      await this.#commit(page, page, signal);
      this.#cursor = page.next;
    }
    this.#behind = page.more ? Math.max(1, page.left) : 0;
    if (!page.more) this.#readToEndAt = this.#lastAnswerAt;
    this.#lastError = '';
    this.#backoff.reset();
  }

  /** Offers records, and keeps what came of it. @param page of the feed that they are; undefined where they were asked for by themselves */
  async #commit(told: Omit<RecordsAnswer, 'taken'>, page: ChangesPage | undefined, signal: AbortSignal): Promise<OfferedPage> {
    const { peers, scheduler, onPage, onProfiles, onStatements } = this.#deps;
    const { iss } = this.#peer;
    await this.#takeProfiles(told.profiles, page?.retirements ?? [], signal);
    if (page !== undefined) await onStatements(page.statements, iss);
    const offered = await offerPage(this.#deps, told, iss, signal);
    const contents = told.records.flatMap((record) => contentsOf(record, this.#peer));
    signal.throwIfAborted();
    const dropped = await peers.commitPage({
      ...offered,
      peerIss: iss,
      cursor: page?.next,
      answeredAt: this.#lastAnswerAt ?? scheduler.now(),
      contents,
      restoredAt: page?.restored === true ? this.#restoredAt : undefined,
      isLast: page?.more === false,
    });
    this.#droppedHeld ||= dropped;
    onPage(iss, contents);
    if (told.profiles.length > 0) onProfiles(new Set(told.profiles.map((profile) => profile.iss)));
    return offered;
  }

  #noteRestored({ epoch }: ChangesPage): void {
    this.#restoredAt = this.#deps.scheduler.now();
    const facts = { peer: this.#peer.iss, epoch };
    this.#deps.logger.warn(facts, 'a peer was restored from a backup; its feed is read from the last position that both know');
  }

  /** Before the records: their signers are to be known. */
  async #takeProfiles(
    profiles: ChangesPage['profiles'],
    retirements: ChangesPage['retirements'],
    signal: AbortSignal,
  ): Promise<void> {
    if (profiles.length + retirements.length === 0) return;
    const { directory, logger } = this.#deps;
    const refused = await directory.acceptProfiles(this.#peer.iss, { profiles, retirements }, signal);
    for (const { iss, code, reason } of refused) {
      logger.warn({ peer: this.#peer.iss, server: iss, code, reason }, 'what a peer told of a server was refused');
    }
  }

  async #failed(error: unknown, signal: AbortSignal): Promise<void> {
    const { logger, scheduler } = this.#deps;
    this.#atOnce = true;
    const pauseMs = this.#backoff.nextMs();
    const { failures } = this.#backoff;
    this.#nextTryAt = new Date(scheduler.now().getTime() + pauseMs);
    this.#lastError = isOdstError(error) ? error.message : 'an internal error; the log has the details';
    const facts = { peer: this.#peer.iss, failures, pauseMs, err: error };
    if (!isOdstError(error)) logger.error(facts, 'reading a peer failed by a defect');
    else if (failures === 1) logger.warn(facts, 'reading a peer failed; it is tried again');
    else logger.debug(facts, 'reading a peer failed again');
    if (isOdstError(error, 'SYNC_PEER_FAILED') || isOdstError(error, 'SYNC_ISS_DUPLICATE'))
      await this.#contact.failed(error.code, error.message);
    await this.#wake.wait(signal, pauseMs);
    this.#nextTryAt = undefined;
  }
}
