import { PackagesServiceService, RecordsServiceService } from '@odst/contracts/catalog';
import type { ServiceConnection } from '@odst/grpc';
import { OdstError } from '@odst/kernel';
import type { CatalogPort, RegisteredUpload } from '../../app/ports.ts';

/** The catalog service as storage sees it. */
export function createGrpcCatalog(connection: ServiceConnection): CatalogPort {
  const packages = connection.client(PackagesServiceService);
  const records = connection.client(RecordsServiceService);
  return {
    async registerUpload(uploadId, upload, caller, completedAt) {
      const { outcome, refusalCode, refusalReason } = await packages.registerUpload(
        { uploadId, ...upload, sizeBytes: BigInt(upload.sizeBytes), completedAt },
        { caller },
      );
      return outcomeOf(outcome, refusalCode, refusalReason);
    },
    async findContent(filename) {
      const { sizeBytes, modifiedAt, modifiedAtIsShared, ...content } = await packages.findContent({ filename });
      const date = { at: modifiedAt ?? new Date(0), isUnique: modifiedAt !== undefined && !modifiedAtIsShared };
      return { ...content, sizeBytes: Number(sizeBytes), date };
    },
    async namesContent(sha256) {
      return (await records.namesContent({ sha256 })).named;
    },
  };
}

function outcomeOf(outcome: string, code: string, reason: string): RegisteredUpload {
  switch (outcome) {
    case 'created':
    case 'replaced':
    case 'unchanged':
      return { outcome };
    case 'refused':
      return { outcome, code, reason };
    default:
      throw new OdstError('COMMON_INTERNAL', `catalog answered with an unknown outcome: ${outcome}`);
  }
}
