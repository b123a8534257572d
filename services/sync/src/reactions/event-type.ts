import { OdstError } from '@odst/kernel';

/**
 * Name and schema version in a CloudEvents type: `org.odst.catalog.PackageUploaded.v1` is version 1 of `PackageUploaded`.
 * @throws OdstError COMMON_EVENT_UNKNOWN
 */
export function nameAndVersion(cloudEventType: string): { readonly type: string; readonly schemaVersion: number } {
  const [, type, version] = /^org\.odst\.[a-z]+\.([A-Za-z]+)\.v([1-9][0-9]*)$/.exec(cloudEventType) ?? [];
  if (type === undefined) throw new OdstError('COMMON_EVENT_UNKNOWN', `${cloudEventType} is no event type of this product`);
  return { type, schemaVersion: Number(version) };
}
