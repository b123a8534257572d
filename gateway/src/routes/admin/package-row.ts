import type { Package } from '@odst/contracts/catalog';
import { OdstError, stages } from '@odst/kernel';
import { humanSize } from '../../human-size.ts';
import { adminTime, unixSeconds } from '../../times.ts';
import { oneOf, packageStatuses } from '../../wire.ts';

/** A package as the Admin API writes it; `sha256` is this product's addition. */
export function packageRow({ id, status, record, createdAt }: Package) {
  if (record === undefined || createdAt === undefined)
    throw new OdstError('COMMON_INTERNAL', `package ${id} came without its record`);
  const fileSize = Number(record.sizeBytes);
  return {
    created: adminTime(createdAt),
    created_ts: unixSeconds(createdAt),
    file_size: fileSize,
    file_size_hr: humanSize(fileSize),
    filename: record.filename,
    id,
    sha1: record.sha1,
    sha256: record.sha256,
    stage: oneOf(stages, record.stage),
    status: oneOf(packageStatuses, status),
    uuid: record.uuid,
  };
}
