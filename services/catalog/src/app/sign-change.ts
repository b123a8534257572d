import type { PackageRecord } from '@odst/contracts/catalog';
import { canonicalBytes } from '../domain/canonical-record.ts';
import type { UnsignedChange } from '../domain/record-change.ts';
import { isUnsealed } from '../domain/sealing.ts';
import type { Registration } from './ports.ts';

/** The change with this server's signature; an unsealed one stays without. @throws OdstError COMMON_SERVICE_UNAVAILABLE */
export async function signChange(registration: Registration, change: UnsignedChange): Promise<PackageRecord> {
  const unsigned = { ...change, signature: new Uint8Array() };
  if (isUnsealed(change)) return unsigned;
  return { ...change, signature: await registration.signRecord(canonicalBytes(unsigned)) };
}
