import { acceptHint, acceptPeer, acceptProfile, compareDigests, leavePeer, readChanges, routeOf } from '@odst/api';
import { PackageRecord } from '@odst/contracts/catalog';
import { SignedProfile, SignedRetirement } from '@odst/contracts/registration';
import { Heartbeat, HoldingsStatement, type ReadChangesResponse, WriterStatement } from '@odst/contracts/sync';
import { goneSignal, type HttpApp, readJson, traceparentOf } from '@odst/http';
import { type Caller, isErrorCode, OdstError } from '@odst/kernel';
import type { FastifyRequest } from 'fastify';
import type { Clients } from '../clients.ts';
import { assertStillPeer, rawBody, verifyPeer } from './verify-peer.ts';

const callSlackMs = 5_000;
const handshakeTimeoutMs = 10_000;
/** All packages are gone through for some of the answers. */
const digestsTimeoutMs = 25_000;

/** What peers ask of each other, under `/api/ods/v1`. The byte routes belong to the data plane. */
export function federationRoutes(app: HttpApp, { clients }: { readonly clients: Clients }): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  const callers = new WeakMap<FastifyRequest, string>();
  // Once the body is there, which the signature covers, and before anything is said of parameters.
  const preValidation = async (request: FastifyRequest) => {
    callers.set(request, (await verifyPeer(clients, request)).iss);
  };
  const callerOf = (request: FastifyRequest): string => {
    const iss = callers.get(request);
    if (iss === undefined) throw new Error('the request was not verified');
    return iss;
  };

  app.route({
    ...routeOf(acceptPeer),
    handler: async (request, reply) => {
      const { body, signature } = await clients.peers.acceptPeer(
        { authorization: request.headers.authorization ?? '', method: 'POST', target: request.url, body: rawBody(request) },
        { caller: peerCaller(request, 'peer:unknown'), timeoutMs: handshakeTimeoutMs },
      );
      return reply.code(201).header('odst-signature', signature).type('application/json').send(Buffer.from(body));
    },
  });

  app.route({
    ...routeOf(leavePeer),
    preValidation,
    handler: async (request, reply) => {
      const iss = callerOf(request);
      await clients.peers.acceptUnregistration({ iss }, { caller: peerCaller(request, `peer:${iss}`) });
      return reply.code(204).send();
    },
  });

  app.route({
    ...routeOf(acceptProfile),
    preValidation,
    handler: async (request, reply) => {
      const iss = callerOf(request);
      const profile = readProfile(request, iss);
      const caller = peerCaller(request, `peer:${iss}`);
      const { refused } = await clients.peers.acceptProfiles({ fromIss: iss, profiles: [profile], retirements: [] }, { caller });
      for (const { code, reason } of refused) throw new OdstError(isErrorCode(code) ? code : 'COMMON_INTERNAL', reason);
      return reply.code(204).send();
    },
  });

  app.route({
    ...routeOf(readChanges),
    preValidation,
    handler: async (request, reply) => {
      const iss = callerOf(request);
      const { after, wait, limit, epoch } = request.query;
      const waitMs = 1_000 * wait;
      const page = await clients.feed.readChanges(
        { peerIss: iss, after, waitMs, limit, epoch },
        { caller: peerCaller(request, `peer:${iss}`), timeoutMs: waitMs + callSlackMs, signal: goneSignal(reply) },
      );
      if (waitMs > 0) await assertStillPeer(clients, iss);
      return changesAnswer(page);
    },
  });

  app.route({
    ...routeOf(acceptHint),
    preValidation,
    handler: async (request, reply) => {
      const iss = callerOf(request);
      await clients.feed.acceptHint({ peerIss: iss }, { caller: peerCaller(request, `peer:${iss}`) });
      return reply.code(204).send();
    },
  });

  app.route({
    ...routeOf(compareDigests),
    preValidation,
    handler: (request) => answerDigests(clients, request, callerOf(request)),
  });
}

/** A page of the feed as peers read it. */
function changesAnswer({ feedId, items, profiles, retirements, holdings, writers, heartbeats, ...page }: ReadChangesResponse) {
  return {
    feed: feedId,
    profiles: profiles.map((profile) => SignedProfile.toJSON(profile)),
    retirements: retirements.map((retirement) => SignedRetirement.toJSON(retirement)),
    holdings: holdings.map((statement) => HoldingsStatement.toJSON(statement)),
    writers: writers.map((statement) => WriterStatement.toJSON(statement)),
    heartbeats: heartbeats.map((statement) => Heartbeat.toJSON(statement)),
    items: items.map((item) => PackageRecord.toJSON(item)),
    ...page,
  };
}

/** The answer to a peer that compares. @throws OdstError COMMON_REQUEST_INVALID, and what sync throws */
async function answerDigests({ digests }: Clients, request: FastifyRequest, peerIss: string) {
  const { ranges, list, after = '', uuids, compare } = readJson(compareDigests.body, rawBody(request));
  const options = { caller: peerCaller(request, `peer:${peerIss}`), timeoutMs: digestsTimeoutMs };
  if (ranges !== undefined) {
    const told = new Uint8Array(Buffer.from(ranges, 'base64'));
    const { differing, packages } = await digests.compareRanges({ ranges: told }, options);
    return { differing: [...differing], packages };
  }
  if (list !== undefined) {
    const { entries, next } = await digests.listDigests({ ranges: list, after }, options);
    return { entries: Buffer.from(entries).toString('base64'), next };
  }
  if (uuids !== undefined) {
    const { items, profiles, taken } = await digests.readRecords({ uuids }, options);
    return { items: items.map(PackageRecord.toJSON), profiles: profiles.map(SignedProfile.toJSON), taken };
  }
  if (compare === true) {
    await digests.askToCompare({ peerIss }, options);
    return {};
  }
  throw new OdstError('COMMON_REQUEST_INVALID', 'the request asks nothing: it has ranges, list, uuids or compare');
}

/** The profile that a peer tells of itself. @throws OdstError COMMON_REQUEST_INVALID, REGISTRATION_PEER_INVALID */
function readProfile(request: FastifyRequest, iss: string): SignedProfile {
  const told = readJson(acceptProfile.body, rawBody(request));
  const { stamp, publicKey, signature, ...rest } = told;
  if (told.iss !== iss) throw new OdstError('REGISTRATION_PEER_INVALID', 'the profile is of another server', { pointer: '/iss' });
  if (!/^\d{1,16}$/.test(stamp))
    throw new OdstError('REGISTRATION_PEER_INVALID', 'the stamp is no number', { pointer: '/stamp' });
  const [key, signed] = [publicKey, signature].map((text) => new Uint8Array(Buffer.from(text, 'base64')));
  return { ...rest, stamp: BigInt(stamp), publicKey: key ?? new Uint8Array(), signature: signed ?? new Uint8Array() };
}

function peerCaller(request: FastifyRequest, actor: string): Caller {
  return {
    actor,
    remoteAddress: request.ip ?? '',
    correlationId: request.id,
    causationId: '',
    traceparent: traceparentOf(request),
  };
}
