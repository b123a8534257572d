import type { ErrorRow } from './error-row.ts';

/** Errors of the registration service. */
export const registrationErrors = {
  REGISTRATION_CREDENTIALS_INVALID: {
    http: 401,
    grpc: 'UNAUTHENTICATED',
    retryable: false,
    title: 'Wrong user name or password',
    description: 'The account does not exist or the password is wrong.',
  },
  REGISTRATION_PASSWORD_DEFAULT: {
    http: 403,
    grpc: 'PERMISSION_DENIED',
    retryable: false,
    title: 'Default password',
    description: "The documented default password works from the server's own machine only. Set a password of your own.",
  },
  REGISTRATION_LOGIN_LIMITED: {
    http: 429,
    grpc: 'RESOURCE_EXHAUSTED',
    retryable: true,
    title: 'Too many failed logins',
    description:
      'Wait as long as Retry-After says. Credentials that the same address gave rightly within 30 days pass meanwhile, unless somebody guesses at the same account from there without end.',
  },
  REGISTRATION_SETTING_INVALID: {
    http: 422,
    grpc: 'INVALID_ARGUMENT',
    retryable: false,
    title: 'Invalid setting',
    description: "A value for the server's settings is not allowed; the detail says which and why.",
  },
  REGISTRATION_PEER_INVALID: {
    http: 422,
    grpc: 'INVALID_ARGUMENT',
    retryable: false,
    title: 'Invalid peer',
    description: 'URL, ISS ID or Key of the remote server is malformed; the detail says which.',
  },
  REGISTRATION_PEER_SELF: {
    http: 422,
    grpc: 'INVALID_ARGUMENT',
    retryable: false,
    title: 'That is this server',
    description: 'A server can neither be registered with itself, nor block or retire itself.',
  },
  REGISTRATION_SERVER_UNKNOWN: {
    http: 404,
    grpc: 'NOT_FOUND',
    retryable: false,
    title: 'Unknown server',
    description: 'No server with this ISS ID is known here. `GET /api/v1/servers` lists those that are.',
  },
  REGISTRATION_SERVER_IS_PEER: {
    http: 409,
    grpc: 'FAILED_PRECONDITION',
    retryable: false,
    title: 'The server is a peer',
    description:
      'A server that is registered here cannot be retired. Where it is gone for good, unregister it first, with `DELETE /api/v1/peers/{id}`, and retire it then.',
  },
  REGISTRATION_SERVER_BLOCKED: {
    http: 403,
    grpc: 'PERMISSION_DENIED',
    retryable: false,
    title: 'Server blocked',
    description:
      'An admin blocked the server that signed this: nothing of its is taken, and it cannot be registered. Unblock it there first, with `POST /api/v1/servers/{iss}/unblock`.',
  },
  REGISTRATION_INTRODUCTION_REFUSED: {
    http: 403,
    grpc: 'PERMISSION_DENIED',
    retryable: false,
    title: 'Introduction not taken',
    description:
      'The peer that passed the profile of another server on is set to introduce none (`introduces`). Register with that server itself, or change the setting.',
  },
  REGISTRATION_PEER_REFUSED: {
    http: 422,
    grpc: 'FAILED_PRECONDITION',
    retryable: false,
    title: 'Refused by the remote server',
    description:
      'The remote server refused the registration, or its URL redirects; the detail carries the reason, or the URL to register. Correct it and register again.',
  },
  REGISTRATION_PEER_UNREACHABLE: {
    http: 502,
    grpc: 'UNAVAILABLE',
    retryable: true,
    title: 'Remote server unreachable',
    description:
      'No connection, or what answers is no such server; the detail says what is known and what to do. Registering again with the same values is safe and repairs.',
  },
  REGISTRATION_PEER_TIMEOUT: {
    http: 504,
    grpc: 'DEADLINE_EXCEEDED',
    retryable: true,
    title: 'Remote server did not answer in time',
    description: 'The remote side may have stored the registration. Registering again with the same values is safe and repairs.',
  },
  REGISTRATION_PEER_UNKNOWN: {
    http: 404,
    grpc: 'NOT_FOUND',
    retryable: false,
    title: 'Unknown peer',
    description: 'No peer has this id.',
  },
  REGISTRATION_PEER_FIREWALLED: {
    http: 422,
    grpc: 'FAILED_PRECONDITION',
    retryable: false,
    title: 'Remote server is firewalled',
    description: 'Only the firewalled side can register. Log in there and register this server.',
  },
  REGISTRATION_URL_UNSET: {
    http: 422,
    grpc: 'FAILED_PRECONDITION',
    retryable: false,
    title: 'Own URL not set',
    description: 'Peers could not reach this server: set ODST_PUBLIC_URL or the URL in the settings first.',
  },
  REGISTRATION_PEER_URL_INSECURE: {
    http: 422,
    grpc: 'INVALID_ARGUMENT',
    retryable: false,
    title: 'Plain http to a public address',
    description:
      'Peers over plain http are allowed on loopback and private addresses only, of names whose every address is one. Use https.',
  },
  REGISTRATION_SIGNATURE_INVALID: {
    http: 401,
    grpc: 'UNAUTHENTICATED',
    retryable: false,
    title: 'Invalid signature',
    description: 'The signed request is malformed, of an unknown peer, bound to another request, or signed by another key.',
  },
  REGISTRATION_SIGNATURE_REPLAYED: {
    http: 401,
    grpc: 'UNAUTHENTICATED',
    retryable: false,
    title: 'Request was seen before',
    description: 'A signed request is good for one use.',
  },
  REGISTRATION_CLOCK_SKEW: {
    http: 401,
    grpc: 'UNAUTHENTICATED',
    retryable: true,
    title: 'Clocks differ',
    description:
      "The request's time is too far from this server's. The answer carries this server's signed time, so that the caller can adjust.",
  },
} as const satisfies Record<string, ErrorRow>;
