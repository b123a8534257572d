import { PackageRecord } from '@odst/contracts/catalog';
import type { CallContext } from '@odst/grpc';
import { traceparentOf } from '@odst/http';
import { OdstError } from '@odst/kernel';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Clients } from '../clients.ts';
import { wholeNumber } from '../routes/v1/query.ts';
import { rawBody, verifyPeer } from './verify-peer.ts';

type ChangesQuery = { after?: string; wait?: string; limit?: string };

type Profile = { name: string; url: string; stage: string; firewalledMode: boolean };

const maxWaitSeconds = 30;
const callSlackMs = 5_000;
const handshakeTimeoutMs = 10_000;

/** What peers ask of each other, under `/api/ods/v1`. The byte routes belong to the data plane. */
export async function federationRoutes(app: FastifyInstance, { clients }: { readonly clients: Clients }): Promise<void> {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));

  app.post('/api/ods/v1/peers', async (request, reply) => {
    const { body, signature } = await clients.peers.acceptPeer(
      { authorization: request.headers.authorization ?? '', method: 'POST', target: request.url, body: rawBody(request) },
      { context: contextOf(request, 'peer:unknown'), timeoutMs: handshakeTimeoutMs },
    );
    return reply.code(201).header('odst-signature', signature).type('application/json').send(Buffer.from(body));
  });

  app.delete('/api/ods/v1/peers/me', async (request, reply) => {
    const { iss } = await verifyPeer(clients, request);
    await clients.peers.acceptUnregistration({ iss }, { context: contextOf(request, `peer:${iss}`) });
    return reply.code(204).send();
  });

  app.put('/api/ods/v1/peers/me', async (request, reply) => {
    const { iss } = await verifyPeer(clients, request);
    await clients.peers.acceptProfile({ iss, ...parseProfile(rawBody(request)) }, { context: contextOf(request, `peer:${iss}`) });
    return reply.code(204).send();
  });

  app.get<{ Querystring: ChangesQuery }>('/api/ods/v1/changes', { config: { quiet: true } }, async (request, reply) => {
    const { iss } = await verifyPeer(clients, request);
    const waitMs = 1_000 * wholeNumber('wait', request.query.wait, { min: 0, max: maxWaitSeconds, fallback: 0 });
    const limit = wholeNumber('limit', request.query.limit, { min: 1, max: 1_000, fallback: 500 });
    const gone = new AbortController();
    reply.raw.once('close', () => gone.abort());
    const changes = await clients.feed.readChanges(
      { peerIss: iss, after: request.query.after ?? '', waitMs, limit },
      { context: contextOf(request, `peer:${iss}`), timeoutMs: waitMs + callSlackMs, signal: gone.signal },
    );
    return {
      feed: changes.feedId,
      items: changes.items.map((item) => PackageRecord.toJSON(item)),
      next: changes.next,
      more: changes.more,
    };
  });

  app.post('/api/ods/v1/hint', { config: { quiet: true } }, async (request, reply) => {
    const { iss } = await verifyPeer(clients, request);
    await clients.feed.acceptHint({ peerIss: iss }, { context: contextOf(request, `peer:${iss}`) });
    return reply.code(204).send();
  });
}

function contextOf(request: FastifyRequest, actor: string): CallContext {
  return {
    actor,
    remoteAddress: request.ip ?? '',
    correlationId: request.id,
    causationId: '',
    traceparent: traceparentOf(request),
  };
}

function parseProfile(body: Buffer): Profile {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body.toString('utf8'));
  } catch (error) {
    throw new OdstError('COMMON_REQUEST_MALFORMED', 'the profile is not JSON', {}, { cause: error });
  }
  const { name, url, stage, firewalledMode } = (parsed ?? {}) as Partial<Record<keyof Profile, unknown>>;
  if (typeof name === 'string' && typeof url === 'string' && typeof stage === 'string' && typeof firewalledMode === 'boolean') {
    return { name, url, stage, firewalledMode };
  }
  throw new OdstError('COMMON_REQUEST_INVALID', 'a profile has name, url, stage and firewalledMode');
}
