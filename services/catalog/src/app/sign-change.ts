import type { PackageRecord } from '@odst/contracts/catalog';
import { canonicalBytes } from '../domain/canonical-record.ts';
import type { UnsignedChange } from '../domain/record-change.ts';
import type { Registration } from './ports.ts';

/** The change with this server's signature. @throws OdstError COMMON_SERVICE_UNAVAILABLE */
export async function signChange(registration: Registration, change: UnsignedChange): Promise<PackageRecord> {
  const unsigned = { ...change, signature: new Uint8Array() };
  return { ...change, signature: await registration.signRecord(canonicalBytes(unsigned)) };
}
