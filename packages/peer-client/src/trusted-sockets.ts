import { Agent } from 'node:http';
import { Agent as SecureAgent } from 'node:https';
import { connect, isIP, type Socket, type SocketConstructorOpts } from 'node:net';
import { type ConnectionOptions, connect as connectSecurely, createSecureContext, getCACertificates } from 'node:tls';
import { createPeerAddresses } from './peer-addresses.ts';

/** Time for which an unused connection is kept, in milliseconds; peers and what stands before them keep theirs longer. */
export const keptMs = 4_000;

/** Connections that Node's client keeps. */
export type PeerAgents = {
  readonly http: Agent;
  readonly https: SecureAgent;
  /** Refuses hosts that are addresses where no peer may be; names are looked at when they are looked up. @throws Error */
  assertAllowed(url: URL): void;
};

/** What connections to peers are made with. Disposing closes those of the agents. */
export interface TrustedSockets extends Disposable {
  readonly agents: PeerAgents;
  /**
   * Begins to connect to a URL that `assertAllowed` let pass, with TLS for `https:`.
   * @param onread memory that the system writes what comes into, as `net.connect` takes it
   */
  dial(url: URL, onread: NonNullable<SocketConstructorOpts['onread']>): Socket;
}

/**
 * Builds what connects to peers. There is no switch that leaves certificates unchecked.
 * @param peerCa private CA of peers, PEM, which is trusted beside those that Node.js trusts
 * @param allowLoopback whether other servers may be on this machine. Default true
 */
export function createTrustedSockets(peerCa?: string, allowLoopback = true): TrustedSockets {
  const { assertAllowed, lookup } = createPeerAddresses({ allowLoopback });
  // Made once: it takes milliseconds to read 150 certificates.
  const secureContext = createSecureContext(peerCa === undefined ? {} : { ca: [...getCACertificates('default'), peerCa] });
  const kept = { keepAlive: true, timeout: keptMs, lookup };
  const agents = { http: new Agent(kept), https: new SecureAgent({ ...kept, secureContext }), assertAllowed };
  return {
    agents,
    dial(url, onread) {
      // IPv6 addresses stand in brackets in a URL, and nowhere else.
      const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
      if (url.protocol !== 'https:') return connect({ host, port: Number(url.port || 80), lookup, onread });
      const options: ConnectionOptions & Pick<SocketConstructorOpts, 'onread'> = {
        host,
        port: Number(url.port || 443),
        // An address is no name of a server (RFC 6066 §3); the certificate is checked against the host then.
        servername: isIP(host) === 0 ? host : '',
        secureContext,
        lookup,
        onread,
      };
      return connectSecurely(options);
    },
    [Symbol.dispose]() {
      agents.http.destroy();
      agents.https.destroy();
    },
  };
}
