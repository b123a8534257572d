import { PackagesServiceService, RecordsServiceService } from '@odst/contracts/catalog';
import type { ServiceConnection } from '@odst/grpc';
import { OdstError } from '@odst/kernel';
import type { CatalogPort, UploadOutcome } from '../../app/ports.ts';

/** The catalog service as storage sees it. */
export function createGrpcCatalog(connection: ServiceConnection): CatalogPort {
  const packages = connection.client(PackagesServiceService);
  const records = connection.client(RecordsServiceService);
  return {
    async registerUpload(uploadId, upload, caller, completedAt) {
      const registered = await packages.registerUpload(
        { uploadId, ...upload, sizeBytes: BigInt(upload.sizeBytes), completedAt },
        { caller },
      );
      if (registered.outcome !== 'refused')
        return { outcome: outcomeOf(registered.outcome), packageId: registered.package?.id ?? 0 };
      return { outcome: 'refused', code: registered.refusalCode, reason: registered.refusalReason };
    },
    checkUpload: async (claim) => outcomeOf((await packages.checkUpload(claim)).outcome),
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

function outcomeOf(outcome: string): UploadOutcome {
  switch (outcome) {
    case 'created':
    case 'replaced':
    case 'unchanged':
      return outcome;
    default:
      throw new OdstError('COMMON_INTERNAL', `catalog answered with an unknown outcome: ${outcome}`);
  }
}
