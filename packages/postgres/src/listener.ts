import { randomUUID } from 'node:crypto';
import { createAutoResetEvent } from '@odst/async';
import { type Client, type ClientConfig, escapeIdentifier } from 'pg';
import { tryLock } from './advisory-lock.ts';
import { keepConnection, type WarningLogger } from './kept-connection.ts';

/**
 * Called with the payload of each notification; and with undefined whenever some may have been missed: once the channel is listened
 * to, and each time that the connection was made again. Then it is time to look whether there is anything new.
 */
export type OnNotification = (payload: string | undefined) => void;

/** The connection on which a process hears what others tell in a database: one `LISTEN` for all who wait. */
export interface Listener extends AsyncDisposable {
  /**
   * Name of a lock that the connection holds, unlike that of any other process: while nobody holds it, this process is gone, or
   * its connection is.
   */
  readonly presence: string;
  /** Listens on a channel until disposed. The connection stands as long as somebody listens. */
  listen(channel: string, onNotification: OnNotification): Disposable;
}

/** What a listener is made of. */
export type ListenerOptions = {
  /** Of the database, as any role: to listen takes no rights. `connectionOf` gives that of a pool. */
  readonly connection: ClientConfig;
  /** Told of each connection that broke. Default nobody. */
  readonly logger?: WarningLogger | undefined;
  /** After so many milliseconds the server is asked whether it is still there. Default 15,000 */
  readonly checkEveryMs?: number;
};

/**
 * Builds the listener of a process. Its connection is made again whenever it breaks or falls silent. What is told meanwhile is
 * lost, and so is what a process did that died before it told: who must not miss anything looks by himself now and then.
 */
export function createListener({ connection, logger, checkEveryMs = 15_000 }: ListenerOptions): Listener {
  const channels = new Map<string, Set<OnNotification>>();
  const changed = createAutoResetEvent();
  const ending = new Set<Promise<void>>();
  const presence = `odst.process.${randomUUID()}`;
  let kept: AsyncDisposable | undefined;

  const tell = (channel: string, payload: string | undefined): void => {
    for (const onNotification of channels.get(channel) ?? []) onNotification(payload);
  };
  /** Keeps a connection at the channels that are wanted. */
  const serve = async (client: Client, over: AbortSignal): Promise<void> => {
    const heard = new Set<string>();
    client.on('notification', ({ channel, payload }) => tell(channel, payload ?? ''));
    while (!over.aborted) {
      const added = [...channels.keys()].filter((channel) => !heard.has(channel));
      const dropped = [...heard].filter((channel) => !channels.has(channel));
      const changes = [...added.map((name) => listenTo(name)), ...dropped.map((name) => `UN${listenTo(name)}`)];
      // Each time, as the connection before this one may hold it for a while, and so that silence shows.
      await tryLock(client, presence);
      if (changes.length > 0) await client.query(changes.join('; '));
      for (const channel of dropped) heard.delete(channel);
      for (const channel of added) heard.add(channel);
      for (const channel of added) tell(channel, undefined);
      await changed.wait(over, checkEveryMs);
    }
  };

  const begin = (): void => {
    const broke = 'the connection that listens for notifications broke; making it again';
    if (kept === undefined) kept = keepConnection({ connection, broke, logger, serve });
    else changed.set();
  };
  const end = (): void => {
    const ended = Promise.resolve(kept?.[Symbol.asyncDispose]());
    kept = undefined;
    ending.add(ended);
    void ended.finally(() => ending.delete(ended));
  };
  const drop = (channel: string, onNotification: OnNotification): void => {
    const listeners = channels.get(channel);
    if (listeners?.delete(onNotification) !== true || listeners.size > 0) return;
    channels.delete(channel);
    if (channels.size === 0) end();
    else changed.set();
  };

  return {
    presence,
    listen(channel, call) {
      // One of its own, as the same function may listen twice.
      const onNotification: OnNotification = (payload) => call(payload);
      const listeners = channels.get(channel);
      channels.set(channel, (listeners ?? new Set()).add(onNotification));
      if (listeners === undefined) begin();
      else queueMicrotask(() => onNotification(undefined));
      return { [Symbol.dispose]: () => drop(channel, onNotification) };
    },
    async [Symbol.asyncDispose]() {
      channels.clear();
      end();
      await Promise.all(ending);
    },
  };
}

function listenTo(channel: string): string {
  return `LISTEN ${escapeIdentifier(channel)}`;
}
