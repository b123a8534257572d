import { createHmac, timingSafeEqual } from 'node:crypto';
import { callersOf, type ServiceName } from '@odst/contracts/services';

/** Metadata key of the caller's token. */
export const serviceTokenKey = 'odst-service-token';

/** The token by which a service proves its name: derived from the one secret that the processes share. */
export function serviceToken(internalToken: string, service: ServiceName): string {
  return `${service}.${createHmac('sha256', internalToken).update(`odst-service:${service}`).digest('base64url')}`;
}

/** The caller that a token proves, or undefined. */
export function callerOf(internalToken: string, token: string): ServiceName | undefined {
  const service = token.slice(0, token.indexOf('.')) as ServiceName;
  const expected = Buffer.from(serviceToken(internalToken, service));
  const given = Buffer.from(token);
  return given.length === expected.length && timingSafeEqual(given, expected) ? service : undefined;
}

/** Whether `caller` may call the method at `path` (`/odst.catalog.v1.RecordsService/OfferRecord`), as the services declare it. */
export function mayCall(caller: ServiceName, path: string): boolean {
  return callersOf(path).includes(caller);
}
