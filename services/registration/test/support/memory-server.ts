import { SignedProfile } from '@odst/contracts/registration';
import { createMemoryEventStore, type EventMetadata } from '@odst/event-store';
import { type Clock, type ErrorCode, isOdstError, OdstError } from '@odst/kernel';
import { createPeerClient, type HttpAnswer, type HttpRequest, type PeerTransport } from '@odst/peer-client';
import { createSilentLogger, type Logger } from '@odst/telemetry';
import { ed25519KeyPairs } from '../../src/adapters/ed25519.ts';
import { createTokens } from '../../src/adapters/jose-tokens.ts';
import { nodeRandom } from '../../src/adapters/node-random.ts';
import { sha256 } from '../../src/app/digest.ts';
import { createDirectory } from '../../src/app/directory.ts';
import { ensureAdmin } from '../../src/app/ensure-admin.ts';
import { initializeServer } from '../../src/app/initialize-server.ts';
import { ensureLoginSecrets } from '../../src/app/login-secrets.ts';
import type { HostAddresses } from '../../src/app/ports.ts';
import { forgetStrangers } from '../../src/app/renew-identity.ts';
import { createStreams } from '../../src/app/streams.ts';
import { createUseCases, type UseCaseDeps } from '../../src/app/use-cases.ts';
import {
  accountRowsOf,
  countingHasher,
  memoryIdentityRegister,
  memoryKnownLogins,
  memoryPeerClocks,
  memoryPeerIds,
  memoryProfilePushes,
  memoryRefusalRows,
  memoryReplayGuard,
  memorySecrets,
  memorySessionRows,
  memoryTokenUses,
  rowsOf,
} from './memory-ports.ts';
import { problemAnswer } from './problem-answer.ts';

/** Metadata of a command of an admin, each of which has an id of its own. */
export const adminCommand = (): EventMetadata => ({
  actor: 'account:admin',
  remoteAddress: '127.0.0.1',
  commandId: nodeRandom.uuid(),
  correlationId: 'c',
  causationId: '',
  traceparent: '',
});

/** What a server of the network answers. */
export type MemoryAnswer = Omit<HttpAnswer, 'baseUrl'>;

/** Servers by base URL, and what happens to requests between them. */
export type MemoryNetwork = PeerTransport & {
  readonly servers: Map<string, { answer(request: HttpRequest): Promise<MemoryAnswer> }>;
  /** Every request that was sent. */
  readonly sent: HttpRequest[];
  /** Replaces the exchange; call `deliver` to let the request reach its server. */
  fault: ((request: HttpRequest, deliver: () => Promise<MemoryAnswer>) => Promise<MemoryAnswer>) | undefined;
};

/** How a registration service tells what goes wrong with a peer. */
const codes = {
  unreachable: 'REGISTRATION_PEER_UNREACHABLE',
  timeout: 'REGISTRATION_PEER_TIMEOUT',
  refused: 'REGISTRATION_PEER_REFUSED',
} as const;

/** A network without sockets. @param unreachable code of the error of a server that is not there */
export function memoryNetwork(unreachable: ErrorCode = codes.unreachable): MemoryNetwork {
  const network: MemoryNetwork = {
    servers: new Map(),
    sent: [],
    fault: undefined,
    async send(request) {
      const { baseUrl } = request;
      network.sent.push(request);
      const deliver = async () => {
        const server = network.servers.get(baseUrl);
        if (server === undefined) throw new OdstError(unreachable, `${baseUrl}: ECONNREFUSED`);
        return server.answer(request);
      };
      return { baseUrl, ...(await (network.fault === undefined ? deliver() : network.fault(request, deliver))) };
    },
  };
  return network;
}

export type MemoryServerOptions = {
  readonly network: MemoryNetwork;
  readonly clock: Clock;
  readonly url: string;
  readonly name?: string;
  readonly firewalledMode?: boolean;
  readonly adminPassword?: string;
  readonly addresses?: HostAddresses;
  readonly logger?: Logger;
};

export type MemoryServer = Awaited<ReturnType<typeof startMemoryServer>>;

/** A server without database and sockets: real use cases, tokens and keys over ports in memory. */
export async function startMemoryServer(options: MemoryServerOptions) {
  const { network, clock, url, name = 'A', firewalledMode = false, logger = createSilentLogger() } = options;
  const store = createMemoryEventStore({ clock });
  const streams = createStreams(store);
  const directory = createDirectory(store);
  const [secrets, hasher, random] = [memorySecrets(), countingHasher(), nodeRandom];
  const clocks = memoryPeerClocks();
  const { addresses = { resolve: async () => [] } } = options;
  const identities = memoryIdentityRegister();
  const open = () =>
    initializeServer(
      { streams, secrets, random, addresses, keyPairs: ed25519KeyPairs, identities, clock },
      { name, stage: 'Prod', publicUrl: url, firewalledMode },
    );
  const identity = await open();
  await ensureAdmin({ directory, streams, secrets, hasher, random }, options.adminPassword);
  await directory.catchUp();
  const knownLogins = memoryKnownLogins();
  const ports: UseCaseDeps = {
    streams,
    directory,
    identity,
    identities,
    secrets,
    hasher,
    loginSecrets: await ensureLoginSecrets({ secrets, hasher, random }),
    knownLogins,
    accountRows: accountRowsOf(() => directory.accounts()),
    sessionRows: memorySessionRows(),
    refusalRows: memoryRefusalRows(),
    tokenUses: memoryTokenUses(),
    clocks,
    peers: createPeerClient({ codes, transport: network }),
    random,
    clock,
    logger,
    tokens: createTokens(),
    replays: memoryReplayGuard(),
    peerIds: memoryPeerIds(),
    rows: rowsOf(() => directory.peers()),
    pushes: memoryProfilePushes(),
    addresses,
  };
  const useCases = createUseCases(ports);

  /** What the gateway does with a request of a peer. */
  const answer = async ({ method, target, headers, body }: HttpRequest): Promise<MemoryAnswer> => {
    const metadata = { ...adminCommand(), actor: 'peer:unknown' };
    const authorization = headers['authorization'] ?? '';
    try {
      if (method === 'POST') {
        const handshake = await useCases.acceptPeer({ authorization, method, target, body }, metadata);
        return { status: 201, headers: { 'odst-signature': handshake.signature }, body: Buffer.from(handshake.body) };
      }
      const peer = await useCases.verifyRequest(authorization, { method, target, bodySha256: sha256(body) });
      if (method === 'DELETE') await useCases.acceptUnregistration(peer.iss, metadata);
      else {
        const told = SignedProfile.fromJSON(JSON.parse(Buffer.from(body).toString()));
        const [refused] = await useCases.acceptProfiles(peer.iss, [told], metadata);
        if (refused !== undefined) throw new OdstError(refused.code, refused.reason);
      }
      return { status: 204, headers: {}, body: Buffer.alloc(0) };
    } catch (error) {
      if (!isOdstError(error)) throw error;
      return problemAnswer(error);
    }
  };
  network.servers.set(url, { answer });
  const invite = async () => {
    return { url, issId: identity.iss, key: Buffer.from(await useCases.invitationKey.current()).toString('base64') };
  };
  return {
    ...useCases,
    store,
    streams,
    secrets,
    hasher,
    knownLogins,
    /** What another admin copies, as it is at the start. */
    invitation: await invite(),
    /** The same as it is now. */
    invite,
    iss: identity.iss,
    /** Another process of the same server, or the same after a restart: it shares what is stored, and no memory. */
    replica: () => createUseCases(ports),
    /** The same server after a restart. */
    async restart() {
      const again = { ...ports, directory: createDirectory(store), identity: await open() };
      await again.directory.catchUp();
      await forgetStrangers(again);
      return createUseCases({ ...again, rows: rowsOf(() => again.directory.peers()) });
    },
  };
}
