import { CoverageServiceService, type CoveredHead as HeadMessage } from '@odst/contracts/sync';
import { type ServedService, serve } from '@odst/grpc';
import { OdstError, parseStage } from '@odst/kernel';
import type { Brain } from '../app/brain.ts';
import type { CoveredHead, HeadCoverage, SiteCoverage } from '../domain/coverage.ts';

/** `odst.sync.v1.CoverageService`. @param stopping ends what waits, so that a stop need not */
export function serveCoverage(
  brain: Pick<Brain, 'statements' | 'waitCoverage' | 'checkGoal'>,
  stopping: AbortSignal,
): ServedService {
  const { coverage } = brain.statements;
  return serve(CoverageServiceService, {
    async getCoverage({ heads }) {
      const covered = await coverage.of(heads.map(headOf));
      return { heads: covered.map(headMessage) };
    },
    async countCoverage({ heads }) {
      const counted = await coverage.count(heads.map(headOf));
      return { heads: [...counted.heads], sites: [...counted.sites] };
    },
    async waitCoverage({ heads, goal, waitMs }, { signal }) {
      const ended = AbortSignal.any([signal, stopping]);
      const waited = await brain.waitCoverage({ heads: heads.map(headOf), goal, waitMs }, ended);
      return { ...waited, heads: waited.heads.map(headMessage), missing: waited.missing.map(siteMessage) };
    },
    async checkGoal({ goal }) {
      await brain.checkGoal(goal);
      return {};
    },
  });
}

function headMessage(head: HeadCoverage) {
  return { ...head, sites: head.sites.map(siteMessage) };
}

function siteMessage({ stage: _stage, ...site }: SiteCoverage) {
  return site;
}

/** @throws OdstError COMMON_REQUEST_INVALID, CATALOG_STAGE_UNKNOWN */
function headOf({ stage, sha256 }: HeadMessage): CoveredHead {
  if (!/^[0-9a-f]{64}$/.test(sha256)) throw new OdstError('COMMON_REQUEST_INVALID', 'a content is named by 64 hex digits');
  return { stage: parseStage(stage), sha256 };
}
