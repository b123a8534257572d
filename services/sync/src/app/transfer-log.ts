import { createBackoff, pause } from '@odst/async';
import { serviceMetadata } from '@odst/event-store';
import { isOdstError } from '@odst/kernel';
import type { Logger } from '@odst/telemetry';
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
  stateOf(sha256: string): Transfer {
    return this.#states.get(sha256) ?? transfer.initialState();
  }

  /** Last errors, one per content that failed last time. */
  lastErrors(): Iterable<{ readonly peerIss: string; readonly reason: string }> {
    return this.#lastErrors.values();
  }

  /** Forgets the contents that are wanted no longer. */
  retain(wanted: ReadonlyMap<string, unknown>): void {
    for (const memory of [this.#states, this.#lastErrors]) {
      for (const sha256 of memory.keys()) if (!wanted.has(sha256)) memory.delete(sha256);
    }
  }

  /** Lets a source be tried again at once, for one content or for all. */
  endPauses(peerIss: string, sha256s: Iterable<string> = this.#states.keys()): void {
    for (const sha256 of sha256s) {
      const state = this.#states.get(sha256);
      const retry = state?.bySource.get(peerIss);
      if (state === undefined || retry === undefined) continue;
      const bySource = new Map(state.bySource).set(peerIss, { ...retry, nextTryAt: new Date(0) });
      this.#states.set(sha256, { ...state, bySource });
    }
  }

  /** @throws OdstError COMMON_DATABASE_UNAVAILABLE: then nothing begins */
  async started({ content, sourceIss }: RunningTransfer): Promise<void> {
    const { sha256: blob, sizeBytes } = content;
    await this.#record({ type: 'StartTransfer', blob, peerIss: sourceIss, sizeBytes });
  }

  /** The bytes are here whatever becomes of the note, so it is tried until it is written or `signal` aborts. */
  async completed({ content, sourceIss }: RunningTransfer, signal: AbortSignal): Promise<void> {
    const { scheduler, chance, logger } = this.#deps;
    const { sha256: blob, sizeBytes } = content;
    this.#lastErrors.delete(blob);
    for (const backoff = createBackoff({ ...retryPauses, random: () => chance.random() }); ; ) {
      try {
        await this.#record({ type: 'CompleteTransfer', blob, peerIss: sourceIss, sizeBytes });
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
    const blob = content.sha256;
    const known = isOdstError(error);
    const [code, reason] = known
      ? [error.code, error.message]
      : ['COMMON_INTERNAL', 'an internal error; the log has the details'];
    this.#lastErrors.set(blob, { peerIss, reason });
    if (known) logger.warn({ blob, peer: peerIss, code, reason }, 'a transfer failed; it is tried again');
    else logger.error({ blob, peer: peerIss, err: error }, 'a transfer failed by a defect');
    const at = scheduler.now();
    const command = { type: 'FailTransfer', blob, peerIss, code, reason, at, random: chance.random() } as const;
    try {
      await this.#record(command);
    } catch (cause) {
      logger.warn({ err: cause, blob }, 'the failure of a transfer could not be written down');
      const state: Transfer = { ...this.stateOf(blob), status: 'running' };
      this.#states.set(blob, transfer.decide(command, state).reduce(transfer.evolve, state));
    }
  }

  async #record(command: TransferCommand): Promise<void> {
    const { streams, chance } = this.#deps;
    const stream = transferStream(command.blob);
    const outcome = await streams.transfers.run({
      stream,
      command: () => command,
      metadata: serviceMetadata('sync', chance.uuid()),
    });
    this.#states.set(command.blob, outcome.state);
  }
}
