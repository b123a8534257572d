import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PeersServiceService, SignedProfile, TrustServiceService } from '@odst/contracts/registration';
import type { ServiceConnection } from '@odst/grpc';
import { type Caller, isOdstError } from '@odst/kernel';
import { problemAnswer } from './problem-answer.ts';

/** The federation routes of a gateway over a real socket, as thin as can be; and what may go wrong there. */
export type FederationFront = AsyncDisposable & {
  readonly url: string;
  /** Decides for each request whether it is dropped before or after registration saw it, or kept waiting. Default none. */
  fault: 'drop-request' | 'drop-answer' | 'hang' | 'none';
};

const caller: Caller = {
  actor: 'peer:unknown',
  remoteAddress: '',
  correlationId: 'front',
  causationId: '',
  traceparent: '',
};

/** Starts listening on a free port of 127.0.0.1; `connection` is asked for at each request. */
export async function startFederationFront(connection: () => ServiceConnection): Promise<FederationFront> {
  const server: Server = createServer((request, response) => {
    // Whatever goes wrong in here, the caller sees a connection that breaks.
    serve(front, connection, request, response).catch(() => request.socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const front: FederationFront = {
    url: `http://127.0.0.1:${port}`,
    fault: 'none',
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return front;
}

async function serve(
  front: FederationFront,
  connection: () => ServiceConnection,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { fault } = front;
  if (fault === 'hang') return;
  const body = Buffer.concat(await Array.fromAsync(request as AsyncIterable<Buffer>));
  if (fault === 'drop-request') return void request.socket.destroy();
  try {
    await answer(connection(), request, body, response, fault === 'drop-answer');
  } catch (error) {
    if (!isOdstError(error)) throw error;
    const { status, headers, body: problem } = problemAnswer(error);
    response.writeHead(status, headers).end(problem);
  }
}

async function answer(
  connection: ServiceConnection,
  request: IncomingMessage,
  body: Buffer,
  response: ServerResponse,
  dropAnswer: boolean,
): Promise<void> {
  const { method = '', url: target = '' } = request;
  const authorization = request.headers.authorization ?? '';
  const peers = connection.client(PeersServiceService);
  if (method === 'POST') {
    const accepted = await peers.acceptPeer({ authorization, method, target, body }, { caller });
    if (dropAnswer) return void request.socket.destroy();
    response.writeHead(201, { 'odst-signature': accepted.signature, 'content-type': 'application/json' }).end(accepted.body);
    return;
  }
  const bodySha256 = createHash('sha256').update(body).digest('hex');
  const { peer } = await connection.client(TrustServiceService).verifyRequest({ authorization, method, target, bodySha256 });
  if (peer === undefined) throw new Error('no peer');
  if (method === 'DELETE') await peers.acceptUnregistration({ iss: peer.iss }, { caller });
  else
    await peers.acceptProfiles(
      { fromIss: peer.iss, profiles: [SignedProfile.fromJSON(JSON.parse(body.toString()))], retirements: [] },
      { caller },
    );
  response.writeHead(204).end();
}
