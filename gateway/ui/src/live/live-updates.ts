import { systemTimers } from '@odst/async/timers';
import type { QueryClient } from '@tanstack/react-query';
import { peersQuery } from '../api/peers-query.ts';
import { settingsQuery } from '../api/settings-query.ts';
import { live, liveState } from './live.ts';
import type { LiveMessage, StreamedEvent } from './stream.ts';

/** What was told together is asked for together. */
const gatherMs = 250;

/** The server counts coverage every ten seconds: what was asked for at once may be from before, so it is asked for once more. */
const countedMs = 11_000;

/** Where news come without end, as when thousands of packages are fetched, what is shown is asked for so often at most. */
const restMs = 1_000;

/** Rows of packages tell how many sites hold them: they are old when that may be another number, which no event of the catalog says. */
const packageRows = 'packages list';

/** What the events of a service change, by the first parts of the key of what shows it. */
const shownBy: Readonly<Record<string, readonly string[]>> = {
  catalog: ['packages', 'coverage', 'conflicts', 'activity'],
  // `session`: what who is signed in may do is what an admin made it.
  registration: ['servers', 'peers', 'settings', 'identity', 'accounts', 'tokens', 'sessions', 'session', 'activity'],
  storage: ['coverage', packageRows, 'activity'],
  sync: ['peers', 'transfers', 'activity'],
};

/** Keeps what the pages show as new as the server's stream: what changed is asked for again, and nothing else. @returns ends it */
export function followLive(queries: QueryClient): () => void {
  const forget = (keys: ReadonlySet<string>) =>
    Promise.all(
      [...keys]
        // Rows are packages: nothing is asked for twice.
        .filter((key) => key !== packageRows || !keys.has('packages'))
        .map((key) => queries.invalidateQueries({ queryKey: key.split(' ') })),
    );
  const [soon, later] = [createGatherer(gatherMs, forget), createGatherer(countedMs, forget)];
  const stale = {
    add(keys: readonly string[]) {
      soon.add(keys);
      later.add(keys.filter((key) => key === 'coverage'));
    },
  };
  let queueVersion = -1;
  return live.listen((message) => {
    switch (message.kind) {
      case 'state':
        return takeState(message.state, queries);
      case 'event':
        return stale.add(keysOf(message.event));
      case 'alive':
        return;
      case 'coverage':
        return stale.add(['coverage', packageRows]);
      case 'peers':
        if (takePeers(message, queries)) stale.add(['peers']);
        return;
      case 'transfers':
        queries.setQueryData(['transfers', 'running'], message.data);
        if (message.data.version !== queueVersion) stale.add(['transfers']);
        queueVersion = message.data.version;
        return;
    }
  });
}

/** After a break all may be old: what happened meanwhile was not told to this page. */
function takeState(state: ReturnType<typeof liveState.get>, queries: QueryClient): void {
  const before = liveState.get();
  liveState.set(state);
  if (state === 'open' && before !== 'open') void queries.invalidateQueries();
  // Why, another request tells: where the session has ended, somebody is asked to sign in.
  if (state === 'refused') void queries.invalidateQueries({ queryKey: settingsQuery.queryKey });
}

/** @returns whether more of a peer may be new than is told: whether it is in step, and when it answered */
function takePeers({ data }: Extract<LiveMessage, { kind: 'peers' }>, queries: QueryClient): boolean {
  const known = queries.getQueryData(peersQuery.queryKey);
  if (known === undefined) return false;
  const news = new Map(data.items.map((item) => [item.iss, item]));
  queries.setQueryData(
    peersQuery.queryKey,
    known.map((peer) => ({ ...peer, ...news.get(peer.iss) })),
  );
  return known.some((peer) => {
    const told = news.get(peer.iss);
    const isOther = (field: 'state' | 'behind' | 'lastError' | 'paused') => told !== undefined && told[field] !== peer[field];
    return isOther('state') || isOther('behind') || isOther('lastError') || isOther('paused');
  });
}

/** `org.odst.catalog.PackageUploaded.v1` → what shows packages. */
function keysOf({ type }: StreamedEvent): readonly string[] {
  // Not at each chunk of a transfer.
  if (type.startsWith('org.odst.storage.Upload')) return ['coverage', 'uploads', 'activity'];
  return shownBy[type.split('.')[2] ?? ''] ?? [];
}

/**
 * Gathers what is old, and asks for it when what was asked for before is there: never twice at once, and not while nobody sees the page.
 * @param ms How long it gathers
 */
function createGatherer(
  ms: number,
  flush: (keys: ReadonlySet<string>) => Promise<unknown>,
): { add(keys: readonly string[]): void } {
  const gathered = new Set<string>();
  let isWaiting = false;
  const begin = (afterMs: number) => {
    isWaiting = true;
    systemTimers.after(afterMs, () => void tell());
  };
  const tell = async () => {
    isWaiting = false;
    if (gathered.size === 0 || document.hidden) return;
    isWaiting = true;
    const keys = new Set(gathered);
    gathered.clear();
    await flush(keys);
    begin(Math.max(ms, restMs));
  };
  document.addEventListener('visibilitychange', () => void (isWaiting || tell()));
  return {
    add(keys) {
      for (const key of keys) gathered.add(key);
      if (!isWaiting && gathered.size > 0) begin(ms);
    },
  };
}
