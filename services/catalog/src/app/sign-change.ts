import type { PackageChange } from '@odst/contracts/catalog';
import { canonicalBytes, type UnsignedChange } from '../domain/change.ts';
import { isUnsealed } from '../domain/sealing.ts';
import type { Registration } from './ports.ts';

/** The change with this server's signature; an unsealed one stays without. @throws OdstError COMMON_SERVICE_UNAVAILABLE */
export async function signChange(registration: Registration, change: UnsignedChange): Promise<PackageChange> {
  if (isUnsealed(change)) return { ...change, signature: new Uint8Array() };
  return { ...change, signature: await registration.signChange(canonicalBytes(change)) };
}
