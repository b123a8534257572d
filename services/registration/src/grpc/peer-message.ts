import type { Peer, Server } from '@odst/contracts/registration';
import type { KnownPeer, KnownServer } from '../app/directory.ts';

/** A peer as the contract has it. */
export function peerMessage({ peerId, profile, since }: KnownPeer, clockOffsetMs: number): Peer {
  const { iss, publicKey, name, url, stage, firewalledMode } = profile;
  const offset = BigInt(Math.round(clockOffsetMs));
  return { id: peerId, iss, name, url, stage, firewalledMode, publicKey, registeredAt: since, clockOffsetMs: offset };
}

/** This server as the contract has it. */
export function serverMessage({ profile }: KnownServer): Server {
  const { iss, publicKey, name, url, stage, firewalledMode } = profile;
  return { iss, name, url, stage, firewalledMode, publicKey };
}
