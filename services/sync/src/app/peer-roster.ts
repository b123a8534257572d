import { serviceMetadata } from '@odst/event-store';
import { peerStream } from '../domain/peer-session.ts';
import { Hinter, type HinterDeps } from './hinter.ts';
import { PeerReader, type ReaderDeps, type ReaderStatus } from './peer-reader.ts';
import type { Peer, PeerDirectory } from './ports.ts';

/** What a roster needs. */
export type RosterDeps = ReaderDeps &
  HinterDeps & {
    readonly directory: PeerDirectory;
    /** Called when a server is a peer no longer, before its memory is dropped. */
    readonly onGone: (peerIss: string) => Promise<void>;
  };

type Member = { readonly reader: PeerReader; readonly hinter: Hinter };

/** The peers of this server, each with a reader and a hinter of its own. */
export class PeerRoster implements AsyncDisposable {
  readonly #deps: RosterDeps;
  readonly #members = new Map<string, Member>();
  /** Peers whose feeds the next refresh has read from the start. */
  readonly #again = new Set<string>();
  /** Ends what peers wait for here when they are peers no longer. */
  readonly #leaving = new Map<string, AbortController>();

  constructor(deps: RosterDeps) {
    this.#deps = deps;
  }

  /**
   * Starts and stops readers until they are those of the registered peers. Not to be called while it runs.
   * @throws OdstError when registration or the database cannot answer now
   */
  async refresh(): Promise<void> {
    const peers = await this.#deps.directory.listPeers();
    const registered = new Set(peers.map((peer) => peer.iss));
    const known = new Set([...this.#members.keys(), ...(await this.#deps.peers.knownPeers())]);
    for (const iss of known) if (!registered.has(iss)) await this.#forget(iss);
    for (const iss of this.#again) await this.#rewind(iss);
    for (const peer of peers) this.#admit(peer);
  }

  /**
   * Has a feed read from the start, or all of them: what was refused of it then may be taken now. It is written down at once, since the
   * readers of a process that dies, or just began, do not know of it; the next refresh tells those that run.
   * @throws OdstError when the database cannot answer now
   */
  async readAgain(peerIss?: string): Promise<void> {
    const { peers } = this.#deps;
    const isses = peerIss === undefined ? new Set([...this.#members.keys(), ...(await peers.knownPeers())]) : [peerIss];
    for (const iss of isses) {
      this.#again.add(iss);
      await peers.rewind(iss);
    }
  }

  /** How it goes with each peer, ordered by iss. */
  statuses(): readonly ReaderStatus[] {
    return [...this.#members.values()].map((member) => member.reader.status).sort((a, b) => (a.peer.iss < b.peer.iss ? -1 : 1));
  }

  /** The reader of a peer; undefined for a server that is none. */
  readerOf(peerIss: string): PeerReader | undefined {
    return this.#members.get(peerIss)?.reader;
  }

  /** Aborts when a server is a peer no longer. */
  leaving(peerIss: string): AbortSignal {
    const leaving = this.#leaving.get(peerIss) ?? new AbortController();
    this.#leaving.set(peerIss, leaving);
    return leaving.signal;
  }

  /** Tells the peers that this server has changes, all that may hear it: a dead one reads by itself when it is back. */
  hint(): void {
    for (const { reader, hinter } of this.#members.values()) {
      const { peer, reach } = reader.status;
      if (!peer.firewalled && reach !== 'offline') hinter.hint();
    }
  }

  /** Stops all readers and hinters. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#members.keys()].map((iss) => this.#stop(iss)));
  }

  #admit(peer: Peer): void {
    const member = this.#members.get(peer.iss);
    if (member === undefined) {
      const reader = new PeerReader(this.#deps, peer);
      const hinter = new Hinter(this.#deps, peer.iss);
      this.#members.set(peer.iss, { reader, hinter });
      reader.start();
      hinter.start();
      return;
    }
    const { url, stage, firewalled } = member.reader.status.peer;
    if (url !== peer.url || stage !== peer.stage || firewalled !== peer.firewalled) member.reader.update(peer);
  }

  async #stop(iss: string): Promise<void> {
    const member = this.#members.get(iss);
    this.#members.delete(iss);
    await Promise.all([member?.reader[Symbol.asyncDispose](), member?.hinter[Symbol.asyncDispose]()]);
  }

  async #rewind(iss: string): Promise<void> {
    // A page that is being taken would move the cursor.
    await this.#stop(iss);
    await this.#deps.peers.rewind(iss);
    this.#again.delete(iss);
  }

  async #forget(iss: string): Promise<void> {
    const { streams, chance, peers, onGone } = this.#deps;
    this.#leaving.get(iss)?.abort();
    this.#leaving.delete(iss);
    await this.#stop(iss);
    await onGone(iss);
    await streams.sessions.run({
      stream: peerStream(iss),
      command: () => ({ type: 'ForgetPeer', peerIss: iss }),
      metadata: serviceMetadata('sync', chance.uuid()),
    });
    await peers.forget(iss);
  }
}
