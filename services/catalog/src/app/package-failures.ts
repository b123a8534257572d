import { isOdstError } from '@odst/kernel';
import type { Logger } from '@odst/telemetry';
import type { PackageEntry } from './ports.ts';

/** Work on one package after another, where one that fails keeps no other from its turn. */
export interface PackageFailures {
  /**
   * Does the work on a package. Where it fails that is logged with the package's name.
   * @param what what is done, as in "could not be <judged>"
   * @throws what it failed with, where several in a row found a service out of reach: that is no fault of a package
   */
  attempt(entry: PackageEntry, what: string, work: () => Promise<unknown>): Promise<void>;
  /** Numbers of the packages that failed. */
  readonly packageIds: ReadonlySet<number>;
  /** Reports that all had their turn. @throws what the first one failed with */
  end(): void;
}

/** Failures in a row after which the rest is left to the next time. */
const mostUnreachable = 3;

const outages = ['COMMON_SERVICE_UNAVAILABLE', 'COMMON_DEADLINE_EXCEEDED', 'COMMON_DATABASE_UNAVAILABLE'] as const;

/** Builds an empty one, for one pass. */
export function createPackageFailures(logger: Logger): PackageFailures {
  const failures: unknown[] = [];
  const packageIds = new Set<number>();
  let unreachableInARow = 0;
  return {
    packageIds,
    async attempt({ package: { packageId, filename } }, what, work) {
      try {
        await work();
        unreachableInARow = 0;
      } catch (error) {
        failures.push(error);
        packageIds.add(packageId);
        const isOutage = outages.some((code) => isOdstError(error, code));
        unreachableInARow = isOutage ? unreachableInARow + 1 : 0;
        logger.warn(
          { err: error, packageId, filename },
          `the package could not be ${what}; the others go on, and it is tried again`,
        );
        if (unreachableInARow >= mostUnreachable) throw error;
      }
    },
    end() {
      if (failures.length > 0) throw failures[0];
    },
  };
}
