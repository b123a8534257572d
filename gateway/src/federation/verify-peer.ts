import { createHash } from 'node:crypto';
import type { Peer } from '@odst/contracts/registration';
import { OdstError } from '@odst/kernel';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Clients } from '../clients.ts';

/**
 * The peer that signed a request. Where only the clocks differ, the refusal carries this server's signed time in
 * `ODST-Time`, so that the peer can adjust.
 * @throws OdstError REGISTRATION_SIGNATURE_INVALID, REGISTRATION_SIGNATURE_REPLAYED, REGISTRATION_CLOCK_SKEW
 */
export async function verifyPeer(clients: Clients, request: FastifyRequest, reply: FastifyReply): Promise<Peer> {
  const { peer, signedTime } = await clients.trust.verifyRequest({
    authorization: request.headers.authorization ?? '',
    method: request.method,
    target: request.url,
    bodySha256: createHash('sha256').update(rawBody(request)).digest('hex'),
  });
  return peer ?? refuseForClock(reply, signedTime);
}

/** Refuses with this server's signed time in `ODST-Time`. @throws OdstError REGISTRATION_CLOCK_SKEW, always */
export function refuseForClock(reply: FastifyReply, signedTime: string): never {
  reply.header('odst-time', signedTime);
  throw new OdstError('REGISTRATION_CLOCK_SKEW', "the request's time is too far from this server's; ODST-Time has this server's");
}

/** The body as it came: federation routes take bytes, because signatures cover bytes. */
export function rawBody(request: FastifyRequest): Buffer {
  return Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
}
