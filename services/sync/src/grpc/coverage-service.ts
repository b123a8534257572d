import { CoverageServiceService, type CoveredHead as HeadMessage } from '@odst/contracts/sync';
import { type ServedService, serve } from '@odst/grpc';
import { OdstError, parseStage } from '@odst/kernel';
import type { Coverage } from '../app/coverage.ts';
import type { CoveredHead } from '../domain/coverage.ts';

/** `odst.sync.v1.CoverageService`. */
export function serveCoverage(coverage: Coverage): ServedService {
  return serve(CoverageServiceService, {
    async getCoverage({ heads }) {
      const covered = await coverage.of(heads.map(headOf));
      return { heads: covered.map((head) => ({ ...head, sites: head.sites.map(({ stage: _stage, ...site }) => site) })) };
    },
    async countCoverage({ heads }) {
      const counted = await coverage.count(heads.map(headOf));
      return { heads: [...counted.heads], sites: [...counted.sites] };
    },
  });
}

/** @throws OdstError COMMON_REQUEST_INVALID, CATALOG_STAGE_UNKNOWN */
function headOf({ stage, sha256 }: HeadMessage): CoveredHead {
  if (!/^[0-9a-f]{64}$/.test(sha256)) throw new OdstError('COMMON_REQUEST_INVALID', 'a content is named by 64 hex digits');
  return { stage: parseStage(stage), sha256 };
}
