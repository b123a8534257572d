import type { ServerProfile } from '../domain/profile.ts';
import { sha256 } from './digest.ts';

/** Digest of a profile: whether a peer knows the present one. */
export function profileDigest({ name, url, stage, firewalledMode }: ServerProfile): string {
  return sha256(JSON.stringify([name, url, stage, firewalledMode]));
}
