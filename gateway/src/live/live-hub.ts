import { pause, type Timers } from '@odst/async';
import type { PeerProgress, WatchProgressResponse } from '@odst/contracts/sync';
import type { Clients } from '../clients.ts';
import { transferResource } from '../routes/v1/transfers.ts';
import type { ServerNames } from '../server-names.ts';
import { oneOf, textOrNull } from '../wire.ts';

/** Before sync is asked again where it does not answer. */
const againMs = 2_000;

/** Names of servers are this old at most. */
const namesMs = 60_000;

/** What is told beside the events of the feed. */
export type LiveUpdate =
  /** The whole of it, in the place of what was told before: JSON. */
  | { readonly event: 'transfers' | 'peers' | 'interrupted'; readonly data: string }
  /** Contents of which other servers may hold more or less now: first two hex digits; and which servers count now, where that changed. */
  | { readonly event: 'coverage'; readonly contents: readonly string[]; readonly heard: readonly string[] | undefined };

/** Follows sync for all streams together: what changes is asked for, and written as JSON, once. */
export interface LiveHub extends AsyncDisposable {
  /** Calls `listener` with what is now, as far as it is known, and then with each change. */
  follow(listener: (update: LiveUpdate) => void): Disposable;
}

/** What the hub needs. */
export type LiveHubDeps = {
  readonly clients: Pick<Clients, 'transfers' | 'server'>;
  /** Told when sync cannot be followed. */
  readonly warn: (error: unknown) => void;
  readonly timers: Timers;
  /** Milliseconds that only go forward. */
  readonly elapsedMs: () => number;
};

/** Builds it. Nothing is asked while nobody follows. */
export function createLiveHub(deps: LiveHubDeps): LiveHub {
  const listeners = new Set<(update: LiveUpdate) => void>();
  const latest = new Map<LiveUpdate['event'], LiveUpdate>();
  let following: { readonly abort: AbortController; readonly ended: Promise<void> } | undefined;
  const tell = (update: LiveUpdate): void => {
    if (update.event === 'interrupted') latest.clear();
    else latest.delete('interrupted');
    if (update.event !== 'coverage') latest.set(update.event, update);
    else latest.set('coverage', { ...update, contents: [], heard: update.heard ?? heardIn(latest.get('coverage')) });
    for (const listener of listeners) listener(update);
  };
  const stop = (): Promise<void> => {
    following?.abort.abort();
    const ended = following?.ended;
    following = undefined;
    latest.clear();
    return ended ?? Promise.resolve();
  };
  return {
    follow(call) {
      const listener = (update: LiveUpdate) => call(update);
      listeners.add(listener);
      for (const update of latest.values()) listener(update);
      if (following === undefined) {
        const abort = new AbortController();
        following = { abort, ended: followSync(deps, tell, abort.signal) };
      }
      return {
        [Symbol.dispose]() {
          listeners.delete(listener);
          if (listeners.size === 0) void stop();
        },
      };
    },
    [Symbol.asyncDispose]: stop,
  };
}

function heardIn(update: LiveUpdate | undefined): readonly string[] | undefined {
  return update?.event === 'coverage' ? update.heard : undefined;
}

/** Asks again for ever: a sync that was away tells all anew. */
async function followSync(deps: LiveHubDeps, tell: (update: LiveUpdate) => void, signal: AbortSignal): Promise<void> {
  const { clients, warn, timers } = deps;
  const names = createNames(deps);
  while (!signal.aborted) {
    try {
      for await (const progress of clients.transfers.watchProgress({}, { signal })) {
        for (const update of await updatesOf(progress, names)) if (!signal.aborted) tell(update);
      }
    } catch (error) {
      if (!signal.aborted) warn(error);
    }
    if (signal.aborted) return;
    tell({ event: 'interrupted', data: JSON.stringify({ events: ['transfers', 'peers', 'coverage'] }) });
    await pause(againMs, signal, timers);
  }
}

async function updatesOf(
  { transfers, peers, shards, heard }: WatchProgressResponse,
  names: (isses: readonly string[]) => Promise<ServerNames>,
): Promise<readonly LiveUpdate[]> {
  const updates: LiveUpdate[] = [];
  if (transfers !== undefined) {
    const known = await names(transfers.running.flatMap(({ sourceIsses }) => sourceIsses));
    const items = transfers.running.map((transfer) => transferResource(transfer, known));
    const data = JSON.stringify({ items, others: transfers.others, version: Number(transfers.version) });
    updates.push({ event: 'transfers', data });
  }
  if (peers !== undefined) updates.push({ event: 'peers', data: JSON.stringify({ items: peers.peers.map(peerResource) }) });
  if (shards.length > 0 || heard !== undefined) {
    const contents = shards.map((shard) => shard.toString(16).padStart(2, '0'));
    updates.push({ event: 'coverage', contents, heard: heard?.isses });
  }
  return updates;
}

function peerResource(peer: PeerProgress) {
  return {
    iss: peer.peerIss,
    state: oneOf(['online', 'offline', 'unknown'], peer.state),
    lastError: textOrNull(peer.lastError),
    failedTries: peer.failedTries,
    nextTryAt: peer.nextTryAt?.toISOString() ?? null,
    behind: peer.behind ?? null,
    queuedTransfers: peer.queuedTransfers,
    backlogBytes: Number(peer.backlogBytes),
    rateBytesPerSecond: Number(peer.rateBytesPerSecond),
    paused: peer.paused,
  };
}

/** Names of servers, asked for where one is not known or they are old. */
function createNames({ clients, elapsedMs }: LiveHubDeps): (isses: readonly string[]) => Promise<ServerNames> {
  let known: ServerNames = new Map();
  let askedAtMs = Number.NEGATIVE_INFINITY;
  return async (isses) => {
    if (isses.length === 0 || elapsedMs() - askedAtMs < namesMs) return known;
    const { servers } = await clients.server.listServers({}, {});
    known = new Map(servers.flatMap(({ profile }) => (profile === undefined ? [] : [[profile.iss, profile.name]])));
    askedAtMs = elapsedMs();
    return known;
  };
}
