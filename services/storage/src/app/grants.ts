import { createHmac, timingSafeEqual } from 'node:crypto';
import { type Clock, OdstError } from '@odst/kernel';

const lifetimeSeconds = 600;

/** Tokens that open the bytes of one blob to one peer for 10 minutes. The serving side makes and checks them; no peer reads them. */
export interface Grants {
  issue(peerIss: string, sha256: string): string;
  /** The peer that a grant was given to. @throws OdstError STORAGE_GRANT_INVALID */
  check(grant: string, sha256: string): string;
}

/**
 * Builds the grants of one server.
 * @param key 32 secret bytes, the same in all replicas
 */
export function createGrants(key: Uint8Array, clock: Clock): Grants {
  const macOf = (claims: string) => createHmac('sha256', key).update(`odst-grant:${claims}`).digest();
  const nowSeconds = () => Math.floor(clock.now().getTime() / 1000);
  const invalid = (reason: string) => new OdstError('STORAGE_GRANT_INVALID', reason);
  return {
    issue(peerIss, sha256) {
      const claims = Buffer.from(JSON.stringify([peerIss, sha256, nowSeconds() + lifetimeSeconds])).toString('base64url');
      return `${claims}.${macOf(claims).toString('base64url')}`;
    },
    check(grant, sha256) {
      const [claims = '', mac = '', rest] = grant.split('.');
      const given = Buffer.from(mac, 'base64url');
      const expected = macOf(claims);
      if (rest !== undefined || given.length !== expected.length || !timingSafeEqual(given, expected)) {
        throw invalid('the grant was not made by this server');
      }
      const [peerIss, blob, expires] = JSON.parse(Buffer.from(claims, 'base64url').toString('utf8')) as [string, string, number];
      if (blob !== sha256) throw invalid('the grant is for other content');
      if (expires <= nowSeconds()) throw invalid('the grant is over');
      return peerIss;
    },
  };
}
