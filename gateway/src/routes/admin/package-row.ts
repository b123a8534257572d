import type { Package } from '@odst/contracts/catalog';
import { humanSize, stages } from '@odst/kernel';
import { adminTime, unixSeconds } from '../../times.ts';
import { oneOf, packageStatuses, presentTime } from '../../wire.ts';

/** A package as the Admin API writes it, by its listed head; undefined without one. `sha256` is this product's addition. */
export function packageRow({ id, uuid, filename, status, stage, content, ...shown }: Package) {
  if (content === undefined) return undefined;
  const { sha256, sha1, sizeBytes } = content;
  const createdAt = presentTime(shown.createdAt);
  const fileSize = Number(sizeBytes);
  return {
    created: adminTime(createdAt),
    created_ts: unixSeconds(createdAt),
    file_size: fileSize,
    file_size_hr: humanSize(fileSize),
    filename,
    id,
    sha1,
    sha256,
    stage: oneOf(stages, stage),
    status: oneOf(packageStatuses, status),
    uuid,
  };
}
