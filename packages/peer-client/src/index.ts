export {
  createPeerClient,
  type PeerClient,
  type PeerClientOptions,
  type PeerOptions,
  type PeerRequest,
  peerOptionsOf,
  type SendOptions,
} from './peer-client.ts';
export type { PeerErrorCodes } from './peer-errors.ts';
export type { PeerRange, RangeRequest } from './peer-ranges.ts';
export {
  type HttpAnswer,
  type HttpRequest,
  type PeerLimits,
  type PeerTransport,
  StaleConnectionError,
} from './peer-transport.ts';
export { createTrustSigner, type SignedRequest, type Signer, type TrustCalls, type UnsignedRequest } from './signer.ts';
