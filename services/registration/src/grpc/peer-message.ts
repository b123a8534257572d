import type { Peer, Server } from '@odst/contracts/registration';
import type { KnownPeer, KnownServer } from '../app/directory.ts';
import type { Policy } from '../domain/policy.ts';

/** A peer as the contract has it. */
export function peerMessage({ peerId, profile, since, stageCap, introduces }: KnownPeer, clockOffsetMs: number): Peer {
  const { iss, publicKey, name, url, stage, firewalledMode } = profile;
  const offset = BigInt(Math.round(clockOffsetMs));
  const said = { iss, name, url, stage, firewalledMode, publicKey };
  return { id: peerId, ...said, registeredAt: since, clockOffsetMs: offset, stageCap, introduces };
}

/** This server as the contract has it. */
export function serverMessage({ profile }: KnownServer, policy: Policy): Server {
  const { iss, publicKey, name, url, stage, firewalledMode } = profile;
  return { iss, name, url, stage, firewalledMode, publicKey, policy };
}
