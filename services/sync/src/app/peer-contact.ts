import { serviceMetadata } from '@odst/event-store';
import type { Logger } from '@odst/telemetry';
import { type PeerSession, type PeerSessionCommand, peerStream } from '../domain/peer-session.ts';
import type { Chance } from './ports.ts';
import type { Streams } from './streams.ts';

/** Whether a peer answers. */
export type Reach = PeerSession['reach'];

/** What a contact needs. */
export type ContactDeps = {
  readonly streams: Pick<Streams, 'sessions'>;
  readonly chance: Chance;
  readonly logger: Logger;
  /** Called when a peer came online or went offline. */
  readonly onReach: (peerIss: string, reach: Reach) => void;
};

/** What is known of the contact with one peer since this process started; changes of state are written down. */
export class PeerContact {
  readonly #deps: ContactDeps;
  readonly #peerIss: string;
  #reach: Reach = 'unknown';
  /** State that the stream is known to have: a note that failed is made up for at the next one. */
  #noted: Reach = 'unknown';

  constructor(deps: ContactDeps, peerIss: string) {
    this.#deps = deps;
    this.#peerIss = peerIss;
  }

  get reach(): Reach {
    return this.#reach;
  }

  /** The peer answered properly. */
  async answered(): Promise<void> {
    await this.#become('online', { type: 'NoteAnswer', peerIss: this.#peerIss });
  }

  /** It did not. */
  async failed(code: string, reason: string): Promise<void> {
    await this.#become('offline', { type: 'NoteFailure', peerIss: this.#peerIss, code, reason });
  }

  async #become(reach: Reach, command: PeerSessionCommand): Promise<void> {
    const { streams, chance, logger, onReach } = this.#deps;
    const changed = this.#reach !== reach;
    this.#reach = reach;
    if (changed) onReach(this.#peerIss, reach);
    if (this.#noted === reach) return;
    try {
      await streams.sessions.run({
        stream: peerStream(this.#peerIss),
        command: () => command,
        metadata: serviceMetadata('sync', chance.uuid()),
      });
      this.#noted = reach;
    } catch (error) {
      logger.warn({ err: error, peer: this.#peerIss, reach }, 'the state of a peer could not be written down');
    }
  }
}
