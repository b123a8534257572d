import { invalid } from '../domain/request-claims.ts';

/** Value of the Authorization header for a token of a server. */
export function authorizationOf(token: string): string {
  return `ODST ${token}`;
}

/** The token in an Authorization header. @throws OdstError REGISTRATION_SIGNATURE_INVALID without one */
export function tokenOf(authorization: string): string {
  const [, token] = /^ODST +(\S{1,8000}) *$/i.exec(authorization) ?? [];
  if (token === undefined) throw invalid('the request carries no token of a server');
  return token;
}
