import { openPeerConnection, type PeerConnection } from './peer-connection.ts';

/** Time for which an unused connection is kept; peers and what stands before them keep theirs longer. */
const keptMs = 4_000;

/** Connections to peers that carry ranges of blobs. Disposing closes those that are kept; those in use are their users'. */
export interface PeerConnections extends Disposable {
  /** One that is free, or a new one. */
  take(url: URL): { readonly connection: PeerConnection; readonly reused: boolean };
  /** Keeps one for the next request to the same origin. */
  giveBack(url: URL, connection: PeerConnection): void;
}

type Kept = { readonly origin: string; readonly connection: PeerConnection; readonly timer: NodeJS.Timeout };

/** Builds the store. @param ca certificates to trust, PEM. Default the system's */
export function createPeerConnections(ca?: readonly string[]): PeerConnections {
  const kept = new Set<Kept>();
  let disposed = false;
  const remove = (one: Kept): PeerConnection => {
    kept.delete(one);
    clearTimeout(one.timer);
    return one.connection;
  };

  return {
    take(url) {
      for (const one of kept) {
        if (one.origin !== url.origin) continue;
        const connection = remove(one);
        if (connection.open && connection.drained) return { connection, reused: true };
        connection[Symbol.dispose]();
      }
      return { connection: openPeerConnection({ url, ...(ca === undefined ? {} : { ca }) }), reused: false };
    },
    giveBack({ origin }, connection) {
      if (disposed) {
        connection[Symbol.dispose]();
        return;
      }
      const timer = setTimeout(() => remove(one)[Symbol.dispose](), keptMs).unref();
      const one: Kept = { origin, connection, timer };
      kept.add(one);
    },
    [Symbol.dispose]() {
      disposed = true;
      for (const one of kept) remove(one)[Symbol.dispose]();
    },
  };
}
