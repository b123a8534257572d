import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { PackageRecord } from '@odst/contracts/catalog';
import { SignedProfile, SignedRetirement } from '@odst/contracts/registration';
import { type FeedServiceService, Heartbeat, HoldingsStatement, WriterStatement } from '@odst/contracts/sync';
import type { ServiceClient } from '@odst/grpc';

/** The federation routes of a gateway, as thin as can be: what they do is ask sync over gRPC. */
export interface TestGateway extends AsyncDisposable {
  readonly url: string;
  /** Requests as they came: method, path and query, caller. */
  readonly requests: { method: string; target: string; peerIss: string }[];
  /** Refuses the next request for skewed clocks. */
  skewOnce(): void;
  /** Stops to listen, and listens again on the same port. */
  down(): Promise<void>;
  up(): Promise<void>;
}

/** Starts it. `Authorization: ODST <iss>` is believed. */
export async function startTestGateway(feed: () => ServiceClient<typeof FeedServiceService>): Promise<TestGateway> {
  const requests: { method: string; target: string; peerIss: string }[] = [];
  let skewed = false;

  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const url = new URL(request.url ?? '', 'http://gateway');
    const peerIss = request.headers.authorization?.replace('ODST ', '') ?? '';
    requests.push({ method: request.method ?? '', target: request.url ?? '', peerIss });
    if (skewed) {
      skewed = false;
      response.writeHead(401, { 'odst-time': 'the time' }).end();
      return;
    }
    if (url.pathname === '/api/ods/v1/hint') {
      await feed().acceptHint({ peerIss });
      response.writeHead(204).end();
      return;
    }
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const waitMs = Number(url.searchParams.get('wait')) * 1_000;
    const page = await feed().readChanges(
      {
        peerIss,
        after: url.searchParams.get('after') ?? '',
        waitMs,
        limit: Number(url.searchParams.get('limit')),
        epoch: url.searchParams.get('epoch') ?? '',
      },
      { timeoutMs: waitMs + 5_000, signal: gone.signal },
    );
    const { feedId, profiles, retirements, items, holdings, writers, heartbeats, ...rest } = page;
    response.setHeader('content-type', 'application/json');
    const json = {
      profiles: profiles.map(SignedProfile.toJSON),
      retirements: retirements.map(SignedRetirement.toJSON),
      holdings: holdings.map(HoldingsStatement.toJSON),
      writers: writers.map(WriterStatement.toJSON),
      heartbeats: heartbeats.map(Heartbeat.toJSON),
      items: items.map(PackageRecord.toJSON),
    };
    response.end(JSON.stringify({ feed: feedId, ...json, ...rest }));
  };

  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.writeHead(503).end());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  const down = async () => {
    if (!server.listening) return;
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  };
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    skewOnce: () => {
      skewed = true;
    },
    down,
    async up() {
      server.listen(port, '127.0.0.1');
      await once(server, 'listening');
    },
    [Symbol.asyncDispose]: down,
  };
}
