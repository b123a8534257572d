import { createBackoff, pause } from '@odst/async';
import { serviceMetadata } from '@odst/event-store';
import { isOdstError } from '@odst/kernel';
import type { Logger } from '@odst/telemetry';
import { type ContentId, contentKey } from '../domain/content-id.ts';
import { retryPauses, type Transfer, type TransferCommand, transfer, transferStream } from '../domain/transfer.ts';
import type { Chance, Scheduler } from './ports.ts';
import type { RunningTransfer } from './running-transfer.ts';
import type { Streams } from './streams.ts';

/** What the log needs. */
export type TransferLogDeps = {
  readonly streams: Pick<Streams, 'transfers'>;
  readonly scheduler: Scheduler;
  readonly chance: Chance;
  readonly logger: Logger;
};

/** Writes down what becomes of transfers, and knows of those that were tried since this process started. */
export class TransferLog {
  readonly #deps: TransferLogDeps;
  readonly #states = new Map<string, Transfer>();
  readonly #lastErrors = new Map<string, { readonly peerIss: string; readonly reason: string }>();

  constructor(deps: TransferLogDeps) {
    this.#deps = deps;
  }

  /** How it goes with a content. */
  stateOf(content: ContentId): Transfer {
    return this.#states.get(contentKey(content)) ?? transfer.initialState();
  }

  /** Last errors, one per content that failed last time. */
  lastErrors(): Iterable<{ readonly peerIss: string; readonly reason: string }> {
    return this.#lastErrors.values();
  }

  /** Why the last try of a content failed; undefined where it did not. */
  errorOf(content: ContentId): string | undefined {
    return this.#lastErrors.get(contentKey(content))?.reason;
  }

  /** Forgets the contents that are wanted no longer. @param wanted by {@link contentKey} */
  retain(wanted: { get(key: string): unknown }): void {
    for (const memory of [this.#states, this.#lastErrors]) {
      for (const key of memory.keys()) if (wanted.get(key) === undefined) memory.delete(key);
    }
  }

  /**
   * Lets a source be tried again at once. A manifest that failed keeps its pause: what a source says does not make it any truer.
   * @param keys of the contents; default all
   * @returns the contents whose pause ended, by {@link contentKey}
   */
  endPauses(peerIss: string, keys: Iterable<string> = this.#states.keys()): readonly string[] {
    const ended: string[] = [];
    for (const key of keys) {
      const state = this.#states.get(key);
      const retry = state?.bySource.get(peerIss);
      if (state === undefined || retry === undefined || retry.badManifest) continue;
      const bySource = new Map(state.bySource).set(peerIss, { ...retry, nextTryAt: new Date(0) });
      this.#states.set(key, { ...state, bySource });
      ended.push(key);
    }
    return ended;
  }

  /** @throws OdstError COMMON_DATABASE_UNAVAILABLE: then nothing begins */
  async started({ content, sourceIss }: RunningTransfer): Promise<void> {
    const { sha256: blob, manifestDigest, sizeBytes } = content;
    await this.#record({ type: 'StartTransfer', blob, manifestDigest, peerIss: sourceIss, sizeBytes });
  }

  /** The bytes are here whatever becomes of the note, so it is tried until it is written or `signal` aborts. */
  async completed({ content, sourceIss }: RunningTransfer, signal: AbortSignal): Promise<void> {
    const { scheduler, chance, logger } = this.#deps;
    const { sha256: blob, manifestDigest, sizeBytes } = content;
    this.#lastErrors.delete(contentKey(content));
    for (const backoff = createBackoff({ ...retryPauses, random: () => chance.random() }); ; ) {
      try {
        await this.#record({ type: 'CompleteTransfer', blob, manifestDigest, peerIss: sourceIss, sizeBytes });
        logger.info({ blob, peer: sourceIss, sizeBytes: Number(sizeBytes) }, 'a content was fetched from a peer');
        return;
      } catch (error) {
        if (signal.aborted) return;
        logger.warn({ err: error, blob }, 'the end of a transfer could not be written down; it is tried again');
        await pause(backoff.nextMs(), signal, scheduler);
      }
    }
  }

  /** Where it cannot be written down, it counts in memory: the pause before the next try must hold all the same. */
  async failed({ content, sourceIss: peerIss }: RunningTransfer, error: unknown): Promise<void> {
    const { scheduler, chance, logger } = this.#deps;
    const { sha256: blob, manifestDigest } = content;
    const known = isOdstError(error);
    const [code, reason] = known
      ? [error.code, error.message]
      : ['COMMON_INTERNAL', 'an internal error; the log has the details'];
    this.#lastErrors.set(contentKey(content), { peerIss, reason });
    if (known) logger.warn({ blob, peer: peerIss, code, reason }, 'a transfer failed; it is tried again');
    else logger.error({ blob, peer: peerIss, err: error }, 'a transfer failed by a defect');
    const at = scheduler.now();
    const told = { blob, manifestDigest, peerIss, code, reason };
    const command = { type: 'FailTransfer', ...told, at, random: chance.random() } as const;
    try {
      await this.#record(command);
    } catch (cause) {
      logger.warn({ err: cause, blob }, 'the failure of a transfer could not be written down');
      const state: Transfer = { ...this.stateOf(content), status: 'running' };
      this.#states.set(contentKey(content), transfer.decide(command, state).reduce(transfer.evolve, state));
    }
  }

  async #record(command: TransferCommand): Promise<void> {
    const { streams, chance } = this.#deps;
    const content = { sha256: command.blob, manifestDigest: command.manifestDigest };
    const stream = transferStream(content);
    const outcome = await streams.transfers.run({
      stream,
      command: () => command,
      metadata: serviceMetadata('sync', chance.uuid()),
    });
    this.#states.set(contentKey(content), outcome.state);
  }
}
