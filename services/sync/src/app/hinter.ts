import { type AutoResetEvent, createAutoResetEvent, pause } from '@odst/async';
import type { Logger } from '@odst/telemetry';
import type { PeerServers, Scheduler } from './ports.ts';

/** Hints to a peer are at least this far apart; changes in between are told by one. */
const leastGapMs = 200;

/** What a hinter needs. */
export type HinterDeps = { readonly servers: PeerServers; readonly scheduler: Scheduler; readonly logger: Logger };

/**
 * Tells one peer that this server has changes. Hints only wake: peers find changes without them, so a hint that fails
 * is forgotten.
 */
export class Hinter implements AsyncDisposable {
  readonly #deps: HinterDeps;
  readonly #peerIss: string;
  readonly #abort = new AbortController();
  readonly #changes: AutoResetEvent;
  #running: Promise<void> = Promise.resolve();

  constructor(deps: HinterDeps, peerIss: string) {
    this.#deps = deps;
    this.#peerIss = peerIss;
    this.#changes = createAutoResetEvent(deps.scheduler);
  }

  /** Begins to wait for changes. */
  start(): void {
    this.#running = this.#run(this.#abort.signal);
  }

  /** There are changes to tell of. */
  hint(): void {
    this.#changes.set();
  }

  /** Stops; a hint under way is cancelled. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort();
    await this.#running;
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { servers, scheduler, logger } = this.#deps;
    while (!signal.aborted) {
      await this.#changes.wait(signal);
      if (signal.aborted) return;
      try {
        await servers.hint(this.#peerIss, signal);
      } catch (error) {
        logger.debug({ peer: this.#peerIss, err: error }, 'a hint did not reach the peer');
      }
      await pause(leastGapMs, signal, scheduler);
    }
  }
}
