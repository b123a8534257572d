import type { Logger } from '@odst/telemetry';
import type { PeerServers, Scheduler } from './ports.ts';
import { createWake, untilWokenMs, type Wake } from './wake.ts';

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
  readonly #wake: Wake;
  readonly #gap: Wake;
  #running: Promise<void> = Promise.resolve();

  constructor(deps: HinterDeps, peerIss: string) {
    this.#deps = deps;
    this.#peerIss = peerIss;
    this.#wake = createWake(deps.scheduler);
    this.#gap = createWake(deps.scheduler);
  }

  /** Begins to wait for changes. */
  start(): void {
    this.#running = this.#run(this.#abort.signal);
  }

  /** There are changes to tell of. */
  hint(): void {
    this.#wake.wake();
  }

  /** Stops; a hint under way is cancelled. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort();
    await this.#running;
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { servers, logger } = this.#deps;
    while (!signal.aborted) {
      await this.#wake.pause(untilWokenMs, signal);
      if (signal.aborted) return;
      try {
        await servers.hint(this.#peerIss, signal);
      } catch (error) {
        logger.debug({ peer: this.#peerIss, err: error }, 'a hint did not reach the peer');
      }
      await this.#gap.pause(leastGapMs, signal);
    }
  }
}
