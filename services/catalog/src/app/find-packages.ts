import type {
  FindContentResponse,
  GetPackageResponse,
  ListPackagesRequest,
  ListPackagesResponse,
  ListWantedResponse,
  NamesContentResponse,
  WantedContent,
} from '@odst/contracts/catalog';
import { OdstError, parseStage } from '@odst/kernel';
import { servedDate } from '../domain/content-date.ts';
import type { PackageStatus } from '../domain/package.ts';
import { packageUuid } from '../domain/package-identity.ts';
import { viewOf } from './package-view.ts';
import type { PackageEntry, PackageRows } from './ports.ts';
import { checkSha256 } from './request-checks.ts';

/** The questions to the catalogue. Each waits up to 2 s for the rows, so that who wrote reads what was written. */
export interface FindPackages {
  /** @throws OdstError CATALOG_STAGE_UNKNOWN, COMMON_REQUEST_INVALID for an unknown status */
  list(request: ListPackagesRequest): Promise<ListPackagesResponse>;
  /** By number or name. @throws OdstError CATALOG_PACKAGE_UNKNOWN, also for a deleted package */
  get(reference: string): Promise<GetPackageResponse>;
  /**
   * What a download of the name serves: the bytes that were verified last, also while newer ones are on their way. Where none
   * were yet, those that are on their way.
   * @throws OdstError CATALOG_PACKAGE_UNKNOWN when there are none of either
   */
  content(filename: string): Promise<FindContentResponse>;
  /** Contents of packages that are `Downloading`, each once. */
  wanted(): Promise<ListWantedResponse>;
  /** Whether a package names the content. @throws OdstError COMMON_SERVICE_UNAVAILABLE when that is not certain now */
  names(sha256: string): Promise<NamesContentResponse>;
}

const listed: readonly PackageStatus[] = ['Public', 'Downloading'];
const statuses: readonly PackageStatus[] = [...listed, 'Withheld', 'Deleted'];

/** Builds the queries over the rows. */
export function createFindPackages(rows: PackageRows): FindPackages {
  const find = async (reference: string): Promise<PackageEntry | undefined> => {
    const byId = /^[1-9][0-9]{0,8}$/.test(reference) ? await rows.byId(Number(reference)) : undefined;
    return byId ?? (await rows.byUuid(packageUuid(reference)));
  };

  return {
    async list({ stage, status }) {
      const filter = {
        statuses: status === '' ? listed : [statusOf(status)],
        ...(stage === '' ? {} : { stages: [parseStage(stage)] }),
      };
      await rows.caughtUp();
      return { packages: (await rows.list(filter)).map(viewOf) };
    },
    async get(reference) {
      await rows.caughtUp();
      const entry = await find(reference);
      if (entry === undefined || entry.package.status === 'Deleted') throw unknown(reference);
      return { package: viewOf(entry) };
    },
    async content(filename) {
      await rows.caughtUp();
      const found = (await rows.byUuid(packageUuid(filename)))?.package;
      const isAwaited = found?.served === undefined && found?.status === 'Downloading';
      const content = isAwaited ? found.record : found?.served;
      if (found === undefined || content === undefined) throw unknown(filename);
      const { at: modifiedAt, isShared: modifiedAtIsShared = false } = servedDate(found) ?? {};
      const { sha256, sizeBytes } = content;
      return { filename: content.filename, sha256, sizeBytes, modifiedAt, modifiedAtIsShared, isAwaited };
    },
    async wanted() {
      await rows.caughtUp();
      const contents = new Map<string, WantedContent>();
      for (const entry of await rows.list({ statuses: ['Downloading'] })) {
        const { sha256 } = entry.package.record;
        if (!contents.has(sha256)) contents.set(sha256, wantedOf(entry));
      }
      return { contents: [...contents.values()] };
    },
    async names(sha256) {
      checkSha256('sha256', sha256);
      if (!(await rows.caughtUp())) {
        throw new OdstError(
          'COMMON_SERVICE_UNAVAILABLE',
          'the read model is behind; whether the content is named is not certain',
        );
      }
      return { named: await rows.namesContent(sha256) };
    },
  };
}

function statusOf(value: string): PackageStatus {
  const status = statuses.find((candidate) => candidate === value);
  if (status !== undefined) return status;
  throw new OdstError('COMMON_REQUEST_INVALID', `the status ${JSON.stringify(value)} is not one of ${statuses.join(', ')}`, {
    pointer: '/status',
  });
}

function wantedOf({ package: { record, toldBy } }: PackageEntry): WantedContent {
  const { sha256, sizeBytes, manifestDigest, uuid, filename } = record;
  return { sha256, sizeBytes, manifestDigest, packageUuid: uuid, filename, fromIss: toldBy };
}

function unknown(reference: string): OdstError {
  return new OdstError('CATALOG_PACKAGE_UNKNOWN', `there is no package ${JSON.stringify(reference)}`, { reference });
}
