import { OdstError } from '@odst/kernel';
import { contentKey } from '../domain/content-id.ts';
import type { OwnProgress } from '../domain/coverage.ts';
import type { Pause, TransferChoices } from '../domain/transfer-choices.ts';
import { bestSourceOf, sourcesOf, transfersPerPeer, type WaitingContent } from '../domain/transfer-plan.ts';
import type { WantedContent } from './ports.ts';
import type { RunningTransfer } from './running-transfer.ts';
import type { TransferLog } from './transfer-log.ts';
import type { Wanted } from './wanted-contents.ts';

/** What is to come from a peer. */
export type Backlog = {
  readonly transfers: number;
  readonly bytes: bigint;
  readonly bytesPerSecond: bigint;
  /** Last error of a content that is still wanted; empty for none. */
  readonly lastError: string;
};

const states = ['running', 'waiting', 'retrying', 'paused'] as const;

/** How it goes with a transfer, as it is shown. */
export type TransferRow = {
  readonly sha256: string;
  readonly sizeBytes: bigint;
  /** Undefined where it is not known. */
  readonly verifiedBytes: bigint | undefined;
  readonly rateBytesPerSecond: bigint;
  readonly packageId: number;
  readonly filename: string;
  /** Of one that runs its source; else those it may have, the best first. */
  readonly sourceIsses: readonly string[];
  readonly state: (typeof states)[number];
  /** Why it does not run; empty for one that does. */
  readonly reason: string;
  readonly tries: number;
  readonly nextTryAt: Date | undefined;
  readonly startedAt: Date | undefined;
  readonly first: boolean;
  /** Which parts of one that runs are here, in file order: of each the share that is verified, in percent. */
  readonly strip: readonly number[];
};

/** Which rows. Empty for all. */
export type RowsQuery = {
  readonly after: string;
  readonly limit: number;
  readonly state: string;
  readonly peerIss: string;
  readonly query: string;
  readonly packageIds: readonly number[];
};

/** What is shown of. */
export type TransferFacts = {
  readonly wanted: Wanted;
  /** By SHA-256. */
  readonly running: ReadonlyMap<string, RunningTransfer>;
  readonly log: TransferLog;
  readonly choices: () => TransferChoices;
  readonly waiting: (content: WantedContent) => WaitingContent;
  /** Peers that answer and can be connected to. */
  readonly onlinePeers: () => readonly string[];
  /** Place in the queue: the lowest first. */
  readonly orderOf: (content: WantedContent) => number;
  /** Bytes of a content that came before its last try ended; undefined where that is not known. */
  readonly verifiedBefore: (sha256: string) => bigint | undefined;
  readonly now: () => Date;
};

/** What is told of the transfers. */
export interface TransferView {
  /** What is to come from each peer: a content that waits counts for its best source. */
  backlogs(): ReadonlyMap<string, Backlog>;
  /** How it goes with a content, whatever its manifest; undefined where it neither comes nor failed. */
  progressOf(sha256: string): OwnProgress | undefined;
  /** A page, what runs first, then in the order of the queue. @throws OdstError COMMON_REQUEST_INVALID */
  list(query: RowsQuery): { readonly rows: readonly TransferRow[]; readonly next: string };
  /** One; undefined where it is not wanted. */
  row(sha256: string): TransferRow | undefined;
  /** Those that run. */
  running(): readonly TransferRow[];
}

type Placed = { readonly content: WantedContent; readonly running: RunningTransfer | undefined; readonly order: number };

/** Builds it. Nothing is remembered: it tells what is when it is asked. */
export function createTransferView(facts: TransferFacts): TransferView {
  const { wanted, running } = facts;
  const placed = (content: WantedContent): Placed => {
    const ofBytes = running.get(content.sha256);
    return { content, running: ofBytes, order: facts.orderOf(content) };
  };
  const contentsOf = function* (): Generator<WantedContent> {
    const seen = new Set<string>();
    for (const { content } of running.values()) {
      seen.add(content.sha256);
      yield content;
    }
    for (const content of wanted.values()) {
      if (seen.has(content.sha256)) continue;
      seen.add(content.sha256);
      yield content;
    }
  };
  return {
    backlogs: () => backlogsOf(facts),
    progressOf: (sha256) => progressOf(facts, sha256),
    list({ after, limit, state, peerIss, query, packageIds }) {
      const behind = after === '' ? undefined : parseCursor(after);
      if (state !== '' && !states.some((one) => one === state)) {
        throw new OdstError('COMMON_REQUEST_INVALID', `state is one of ${states.join(', ')}`, { pointer: '/state' });
      }
      const text = query.toLowerCase();
      const ofPackages = new Set(packageIds);
      const isNamed = (content: WantedContent) =>
        ofPackages.size === 0 || [content, ...wanted.of(content.sha256)].some(({ packageId }) => ofPackages.has(packageId));
      const all = [...contentsOf()].filter((content) => {
        const hasText = text === '' || content.filename.toLowerCase().includes(text) || content.sha256.startsWith(text);
        return hasText && isNamed(content);
      });
      const rows: TransferRow[] = [];
      for (const one of all.map(placed).toSorted(byPlace)) {
        if (behind !== undefined && byPlace(one, behind) <= 0) continue;
        const row = rowOf(facts, one);
        if ((state !== '' && row.state !== state) || (peerIss !== '' && !row.sourceIsses.includes(peerIss))) continue;
        if (rows.length === limit) return { rows, next: cursorOf(facts, rows.at(-1), placed) };
        rows.push(row);
      }
      return { rows, next: '' };
    },
    row(sha256) {
      const content = running.get(sha256)?.content ?? wanted.of(sha256)[0];
      return content === undefined ? undefined : rowOf(facts, placed(content));
    },
    running: () => [...running.values()].map(({ content }) => rowOf(facts, placed(content))),
  };
}

function byPlace(one: Omit<Placed, 'content'>, other: Omit<Placed, 'content'>): number {
  return Number(one.running === undefined) - Number(other.running === undefined) || one.order - other.order;
}

function cursorOf({ wanted, running }: TransferFacts, row: TransferRow | undefined, placed: (one: WantedContent) => Placed) {
  const content = row && (running.get(row.sha256)?.content ?? wanted.of(row.sha256)[0]);
  if (content === undefined) return '';
  const { running: runs, order } = placed(content);
  return `${runs === undefined ? 'waiting' : 'running'}.${order}`;
}

/** @throws OdstError COMMON_REQUEST_INVALID */
function parseCursor(after: string): Omit<Placed, 'content'> {
  const [, kind, order] = /^(running|waiting)\.(-?\d{1,15})$/.exec(after) ?? [];
  if (order === undefined) throw new OdstError('COMMON_REQUEST_INVALID', '`after` is no cursor', { pointer: '/after' });
  // Only whether one runs is compared.
  return { running: kind === 'running' ? ({} as RunningTransfer) : undefined, order: Number(order) };
}

function rowOf(facts: TransferFacts, { content, running }: Placed): TransferRow {
  const { sha256, sizeBytes, packageId, filename } = content;
  const { paused, firsts } = facts.choices();
  const { attempt } = facts.log.stateOf(running?.content ?? content);
  const shared = { sha256, sizeBytes, packageId, filename, tries: attempt, first: firsts.has(sha256) };
  const none = { rateBytesPerSecond: 0n, nextTryAt: undefined, startedAt: undefined, strip: [] };
  if (running !== undefined && !running.isPutAside) {
    const { sourceIss, verifiedBytes, startedAt, pace, strip } = running;
    const known = verifiedBytes > 0n ? verifiedBytes : (facts.verifiedBefore(sha256) ?? verifiedBytes);
    const rateBytesPerSecond = pace.bytesPerSecond(facts.now());
    const runs = { sourceIsses: [sourceIss], state: 'running', reason: '', verifiedBytes: known } as const;
    return { ...shared, ...none, ...runs, rateBytesPerSecond, startedAt, strip };
  }
  const sourceIsses = [...new Set(facts.wanted.of(sha256).flatMap((one) => sourcesOf(facts.waiting(one))))];
  const pause = paused.get(sha256);
  const verifiedBytes = running?.verifiedBytes ?? facts.verifiedBefore(sha256) ?? pause?.verifiedBytes;
  const waits = { ...shared, ...none, sourceIsses, verifiedBytes };
  if (pause !== undefined) return { ...waits, state: 'paused', reason: pausedBy(pause) };
  const progress = progressOf(facts, sha256);
  if (progress?.state === 'retrying') return { ...waits, ...progress };
  return { ...waits, state: 'waiting', reason: progress?.state === 'waiting' ? progress.reason : 'it gives way to another' };
}

function progressOf(facts: TransferFacts, sha256: string): OwnProgress | undefined {
  const { wanted, log } = facts;
  const running = facts.running.get(sha256);
  if (running !== undefined && !running.isPutAside) {
    return { state: 'downloading', reason: `${running.verifiedBytes} of ${running.content.sizeBytes} bytes are here` };
  }
  const pause = facts.choices().paused.get(sha256);
  if (pause !== undefined && wanted.of(sha256).length > 0) return { state: 'waiting', reason: pausedBy(pause) };
  const content = wanted.of(sha256).find((one) => log.errorOf(one) !== undefined);
  if (content === undefined) return waitsFor(facts, sha256);
  const { here, bySource } = log.stateOf(content);
  const next = here?.nextTryAt ?? [...bySource.values()].map(({ nextTryAt }) => nextTryAt).sort((one, other) => +one - +other)[0];
  return { state: 'retrying', reason: log.errorOf(content) ?? '', nextTryAt: next ?? facts.now() };
}

/** Why a content that is wanted does not come yet; undefined where it is not wanted. */
function waitsFor({ wanted, waiting, onlinePeers, choices }: TransferFacts, sha256: string): OwnProgress | undefined {
  const contents = wanted.of(sha256);
  if (contents.length === 0) return undefined;
  const online = new Set(onlinePeers());
  const sources = [...new Set(contents.flatMap((content) => sourcesOf(waiting(content))))];
  const answering = sources.filter((iss) => online.has(iss));
  const { pausedPeers } = choices();
  const pauses = answering.flatMap((iss) => pausedPeers.get(iss) ?? []);
  const reason =
    answering.length > pauses.length
      ? `it waits for its turn: ${transfersPerPeer} transfers run at a time from one peer`
      : pauses[0] !== undefined
        ? `it waits for a source: of the ${sources.length} peers that told of it ${pauses.length} are paused, ${pausedBy(pauses[0])}`
        : `it waits for a source: of the ${sources.length} peers that told of it none answers`;
  return { state: 'waiting', reason };
}

function pausedBy({ by, reason }: Pause): string {
  return `paused by ${by}${reason === '' ? '' : `: ${reason}`}`;
}

function backlogsOf({ wanted, running, log, waiting, now }: TransferFacts): ReadonlyMap<string, Backlog> {
  const backlogs = new Map<string, Backlog>();
  const none: Backlog = { transfers: 0, bytes: 0n, bytesPerSecond: 0n, lastError: '' };
  for (const content of wanted.values()) {
    const ofBytes = running.get(content.sha256);
    const runs = ofBytes !== undefined && contentKey(ofBytes.content) === contentKey(content) ? ofBytes : undefined;
    const peerIss = runs?.sourceIss ?? bestSourceOf(waiting(content)) ?? content.toldByIss;
    const backlog = backlogs.get(peerIss) ?? none;
    backlogs.set(peerIss, {
      ...backlog,
      transfers: backlog.transfers + 1,
      bytes: backlog.bytes + content.sizeBytes - (runs?.verifiedBytes ?? 0n),
    });
  }
  for (const { sourceIss, pace } of running.values()) {
    const backlog = backlogs.get(sourceIss) ?? none;
    backlogs.set(sourceIss, { ...backlog, bytesPerSecond: backlog.bytesPerSecond + pace.bytesPerSecond(now()) });
  }
  for (const { peerIss, reason } of log.lastErrors()) {
    backlogs.set(peerIss, { ...(backlogs.get(peerIss) ?? none), lastError: reason });
  }
  return backlogs;
}
