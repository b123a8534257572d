import { OdstError } from './errors/odst-error.ts';

/** The stages in ascending order. */
export const stages = ['Dev', 'Test', 'Prod'] as const;

/** Stage of a package or of a server. */
export type Stage = (typeof stages)[number];

/**
 * Checks a stage that came from outside. Exact spelling only: an unknown stage never becomes a default.
 * @throws OdstError CATALOG_STAGE_UNKNOWN
 */
export function parseStage(value: string): Stage {
  const stage = stages.find((candidate) => candidate === value);
  if (stage === undefined) {
    throw new OdstError('CATALOG_STAGE_UNKNOWN', `the stage ${JSON.stringify(value)} is not one of ${stages.join(', ')}`, {
      pointer: '/stage',
    });
  }
  return stage;
}

/** Whether a server of stage `server` wants the bytes of packages of stage `packageStage`. */
export function admits(server: Stage, packageStage: Stage): boolean {
  return stages.indexOf(packageStage) >= stages.indexOf(server);
}
