import type { Peer, Server } from '@odst/contracts/registration';
import type { KnownPeer, KnownServer } from '../app/directory.ts';

/** A peer as the contract has it. */
export function peerMessage({ peerId, iss, profile, publicKey, registeredAt }: KnownPeer, clockOffsetMs: number): Peer {
  return { id: peerId, iss, ...profile, publicKey, registeredAt, clockOffsetMs: BigInt(Math.round(clockOffsetMs)) };
}

/** This server as the contract has it. */
export function serverMessage({ iss, profile, publicKey }: KnownServer): Server {
  return { iss, ...profile, publicKey };
}
