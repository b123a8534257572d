import type { Peer, Server } from '@odst/contracts/registration';
import type { KnownPeer, KnownServer } from '../app/directory.ts';

/** A peer as the contract has it. */
export function peerMessage({ peerId, profile, since, stageCap, introduces, version }: KnownPeer, clockOffsetMs: number): Peer {
  const { iss, publicKey, name, url, stage, firewalledMode } = profile;
  const offset = BigInt(Math.round(clockOffsetMs));
  const said = { iss, name, url, stage, firewalledMode, publicKey };
  return { id: peerId, ...said, registeredAt: since, clockOffsetMs: offset, stageCap, introduces, version: BigInt(version) };
}

/** This server as the contract has it. */
export function serverMessage({ profile, policy, version }: KnownServer): Server {
  const { iss, publicKey, name, url, stage, firewalledMode } = profile;
  return { iss, name, url, stage, firewalledMode, publicKey, policy, version: BigInt(version) };
}
