import { createHash } from 'node:crypto';
import type { Peer } from '@odst/contracts/registration';
import { OdstError } from '@odst/kernel';
import type { FastifyRequest } from 'fastify';
import type { Clients } from '../clients.ts';

/**
 * The peer that signed a request.
 * @throws OdstError REGISTRATION_SIGNATURE_INVALID, REGISTRATION_SIGNATURE_REPLAYED, REGISTRATION_CLOCK_SKEW
 */
export async function verifyPeer(clients: Clients, request: FastifyRequest): Promise<Peer> {
  const { peer } = await clients.trust.verifyRequest({
    authorization: request.headers.authorization ?? '',
    method: request.method,
    target: request.url,
    bodySha256: createHash('sha256').update(rawBody(request)).digest('hex'),
  });
  if (peer === undefined) throw new OdstError('COMMON_INTERNAL', 'registration verified a request without naming the peer');
  return peer;
}

/**
 * Refuses an answer that took its time: to a server that is a peer no more since it asked.
 * @throws OdstError REGISTRATION_SIGNATURE_INVALID, REGISTRATION_SERVER_BLOCKED
 */
export async function assertStillPeer({ trust }: Pick<Clients, 'trust'>, iss: string): Promise<void> {
  const [caller] = (await trust.describeSigners({ toldByIss: '', isses: [iss] })).signers;
  if (caller?.blocked === true) throw new OdstError('REGISTRATION_SERVER_BLOCKED', `the server ${iss} is blocked here`);
  if (caller?.relation !== 'peer') {
    throw new OdstError('REGISTRATION_SIGNATURE_INVALID', 'the caller is not registered here any more');
  }
}

/** The body as it came: federation routes take bytes, because signatures cover bytes. */
export function rawBody(request: FastifyRequest): Buffer {
  return Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
}
