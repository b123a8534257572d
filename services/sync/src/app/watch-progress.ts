import { pause } from '@odst/async';
import { isKnownAlive } from '../domain/coverage.ts';
import { knownSites, type SitesDeps } from './coverage.ts';
import type { CoverageNews } from './coverage-news.ts';
import type { PeerStatus } from './peer-status.ts';
import type { TransferRow } from './transfer-view.ts';
import type { Transfers } from './transfers.ts';

/** Between two messages of a watcher. */
const leastGapMs = 1_000;

/** Looks at the peers, and at which servers count, every so many of them. */
const [peersEvery, serversEvery] = [2, 10];

/** What changed that is no event. A part that did not is undefined. */
export type Progress = {
  readonly transfers: { readonly running: readonly TransferRow[]; readonly others: number; readonly version: bigint } | undefined;
  readonly peers: readonly PeerStatus[] | undefined;
  /** Of the contents of which servers may hold more or less now. */
  readonly shards: readonly number[];
  /** Servers that were heard of lately. */
  readonly heard: readonly string[] | undefined;
};

/** What is watched. */
export type WatchDeps = SitesDeps & {
  readonly transfers: Pick<Transfers, 'size' | 'view'>;
  readonly peerStatuses: () => readonly PeerStatus[];
  readonly news: CoverageNews;
};

/** Tells what is, and then each part when it changed, once a second at most. Nothing is looked at while nobody watches. */
export async function* watchProgress(deps: WatchDeps, signal: AbortSignal): AsyncGenerator<Progress> {
  const { transfers, peerStatuses, news, scheduler } = deps;
  const shards = new Set<number>();
  let serversDue = true;
  using _listening = news.onTold((some) => {
    for (const shard of some) shards.add(shard);
    serversDue ||= some.length === 0;
  });
  const isNew = createMemory();
  for (let round = 0; !signal.aborted; round += 1) {
    const { running: _count, others, version } = transfers.size;
    const queue = { running: transfers.view.running(), others, version: BigInt(version) };
    const peers = round % peersEvery === 0 ? peerStatuses() : undefined;
    if (round % serversEvery === 0) serversDue = true;
    const heard = serversDue ? await heardServers(deps) : undefined;
    serversDue = false;
    const progress: Progress = {
      transfers: isNew('transfers', queue) ? queue : undefined,
      peers: peers !== undefined && isNew('peers', peers.map(shownOf)) ? peers : undefined,
      shards: [...shards].sort((one, other) => one - other),
      heard: heard !== undefined && isNew('heard', heard) ? heard : undefined,
    };
    shards.clear();
    if (hasNews(progress)) yield progress;
    await pause(leastGapMs, signal, scheduler);
  }
}

function hasNews({ transfers, peers, heard, shards }: Progress): boolean {
  return transfers !== undefined || peers !== undefined || heard !== undefined || shards.length > 0;
}

async function heardServers(deps: SitesDeps): Promise<readonly string[]> {
  const known = await knownSites(deps);
  const alive = known.sites.filter((site) => isKnownAlive(site, { ...known, statements: new Map() }));
  return alive.map(({ iss }) => iss).sort();
}

/** What of a peer is news: that it answered again as before is none. */
function shownOf({ lastAnswerAt: _answered, readToEndAt: _read, comparison: _compared, ...status }: PeerStatus): unknown {
  return status;
}

/** Knows what was told last of each part. */
function createMemory(): (part: string, value: unknown) => boolean {
  const last = new Map<string, string>();
  return (part, value) => {
    const text = JSON.stringify(value, (_key, one: unknown) => (typeof one === 'bigint' ? one.toString() : one));
    if (last.get(part) === text) return false;
    last.set(part, text);
    return true;
  };
}
