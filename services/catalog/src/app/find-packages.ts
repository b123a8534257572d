import type {
  FindContentResponse,
  GetPackageRequest,
  GetPackageResponse,
  GetTrashResponse,
  LeavingPackageContent,
  ListHeadsRequest,
  ListHeadsResponse,
  ListLeavingRequest,
  ListLeavingResponse,
  ListPackagesRequest,
  ListPackagesResponse,
  ListRecordDigestsRequest,
  ListRecordDigestsResponse,
  ListWantedRequest,
  ListWantedResponse,
  NamesContentResponse,
  PackageRecord,
  WantedContent,
} from '@odst/contracts/catalog';
import { recordOfChanges } from '@odst/contracts/catalog';
import { OdstError, parseStage } from '@odst/kernel';
import { changedAt } from '../domain/change.ts';
import { servedDate } from '../domain/content-date.ts';
import { headOf, standingContents } from '../domain/head.ts';
import { headsWith } from '../domain/leaving.ts';
import type { Package, PackageStatus } from '../domain/package.ts';
import { packageUuid } from '../domain/package-identity.ts';
import { isUnsealed } from '../domain/sealing.ts';
import { viewOf } from './package-view.ts';
import type { PackageEntry, PackageFilter, PackageOrder, PackageRows } from './ports.ts';
import { checkSha256 } from './request-checks.ts';

/** The questions to the catalogue. Each waits for the rows, up to 8 s while they follow, so that who wrote reads what was written. */
export interface FindPackages {
  /** @throws OdstError CATALOG_STAGE_UNKNOWN, COMMON_REQUEST_INVALID for an unknown status, order or cursor, or a limit out of range */
  list(request: ListPackagesRequest): Promise<ListPackagesResponse>;
  /** What packages have that are not deleted. @throws OdstError COMMON_REQUEST_INVALID for a limit out of range */
  heads(request: ListHeadsRequest): Promise<ListHeadsResponse>;
  /** How much is in the trash. */
  trash(): Promise<GetTrashResponse>;
  /** By number or name. @throws OdstError CATALOG_PACKAGE_UNKNOWN, also for a deleted package unless it is asked for */
  get(request: GetPackageRequest): Promise<GetPackageResponse>;
  /**
   * What a download of the name serves: the bytes that were verified last, also while newer ones are on their way. Where none
   * were yet, those that are on their way.
   * @throws OdstError CATALOG_PACKAGE_UNKNOWN when there are none of either
   */
  content(filename: string): Promise<FindContentResponse>;
  /** Contents that are wanted. @throws OdstError COMMON_REQUEST_INVALID for a cursor or limit that is none */
  wanted(request: ListWantedRequest): Promise<ListWantedResponse>;
  /** Contents that are to leave this server. @throws OdstError COMMON_REQUEST_INVALID for a cursor or limit that is none */
  leaving(request: ListLeavingRequest): Promise<ListLeavingResponse>;
  /**
   * The records of packages as they may leave this server, a few at a time; those without any change that may are left out.
   * @param uuids 1,000 at most
   * @throws OdstError COMMON_SERVICE_UNAVAILABLE when that is not certain now
   */
  records(uuids: readonly string[]): AsyncGenerator<PackageRecord>;
  /**
   * A page of the digests of records as they may leave this server.
   * @throws OdstError COMMON_REQUEST_INVALID; COMMON_SERVICE_UNAVAILABLE when that is not certain now
   */
  digests(request: ListRecordDigestsRequest): Promise<ListRecordDigestsResponse>;
  /** Whether a package names the content. @throws OdstError COMMON_SERVICE_UNAVAILABLE when that is not certain now */
  names(sha256: string): Promise<NamesContentResponse>;
}

const listed: readonly PackageStatus[] = ['Public', 'Downloading'];
const statuses: readonly PackageStatus[] = [...listed, 'Withheld', 'Deleted'];
const orders: readonly PackageOrder[] = ['id', 'name', 'changed', '-id', '-name', '-changed'];

const defaultPage = 500;
const largestPage = 1_000;

/** Packages of one page of heads. */
const mostHeads = 5_000;

/** Digests of one page. */
const mostDigests = 5_000;

/** Records that are in memory at the same time. */
const recordsAtATime = 50;

/** Builds the queries over the rows. */
export function createFindPackages(rows: PackageRows): FindPackages {
  const find = async (reference: string): Promise<PackageEntry | undefined> => {
    const byId = /^[1-9][0-9]{0,8}$/.test(reference) ? await rows.byId(Number(reference)) : undefined;
    return byId ?? (await rows.byUuid(packageUuid(reference)));
  };

  const assertCaughtUp = async (what: string): Promise<void> => {
    if (await rows.caughtUp()) return;
    throw new OdstError('COMMON_SERVICE_UNAVAILABLE', `the read model is behind; ${what} is not certain`);
  };

  return {
    async list(request) {
      const limit = limitOf(request.limit);
      const filter = filterOf(request);
      const order = orderOf(request.sort);
      await rows.caughtUp();
      const page = rows.list(filter, order, { after: request.after, skip: skipOf(request.skip), limit });
      const counted = request.countAll === true ? rows.count(filter) : undefined;
      const [{ items, next }, total] = await Promise.all([page, counted]);
      return { packages: items, next, total };
    },
    heads: (request) => headsPage(rows, request),
    trash: () => rows.caughtUp().then(rows.trashed),
    async get({ reference, alsoDeleted }) {
      await rows.caughtUp();
      const entry = await find(reference);
      if (entry === undefined) throw unknown(reference);
      const view = viewOf(entry);
      if (view.status === 'Deleted' && !alsoDeleted) throw unknown(reference);
      return { package: view };
    },
    async content(filename) {
      await rows.caughtUp();
      const found = (await rows.byUuid(packageUuid(filename)))?.package;
      const content = found?.served?.content ?? awaitedContent(found);
      if (found === undefined || content === undefined) throw unknown(filename);
      const { sha256, sizeBytes } = content;
      const isAwaited = found.served === undefined;
      return { filename: found.filename, sha256, sizeBytes, ...dateOf(found), isAwaited };
    },
    async wanted(request) {
      const { entries, next } = await pageOf(rows, 'wanted', request);
      return { contents: entries.flatMap(wantedOf), next };
    },
    async leaving(request) {
      const { entries, next } = await pageOf(rows, 'leaving', request);
      return { contents: entries.flatMap(leavingOf), next };
    },
    async *records(uuids) {
      if (uuids.length > largestPage) throw new OdstError('COMMON_REQUEST_INVALID', `more than ${largestPage} uuids`);
      // A reader of the feed does not come back for what it was told an old state of.
      await assertCaughtUp('what the records are now');
      for (let from = 0; from < uuids.length; from += recordsAtATime) {
        const wanted = uuids.slice(from, from + recordsAtATime);
        const found = new Map((await rows.byUuids(wanted)).map((entry) => [entry.package.uuid, entry.package]));
        for (const uuid of wanted) {
          const changes = found.get(uuid)?.changes.filter((change) => !isUnsealed(change)) ?? [];
          if (changes.length > 0) yield recordOfChanges(changes);
        }
      }
    },
    async digests({ prefix, after, limit, uuids }) {
      if (!/^[0-9a-f]{0,32}$/.test(prefix)) throw invalid('prefix is no beginning of a uuid', '/prefix');
      if (!(limit >= 1 && limit <= mostDigests)) throw invalid(`limit is 1 to ${mostDigests}`, '/limit');
      if (uuids.length > largestPage) throw invalid(`more than ${largestPage} uuids`, '/uuids');
      await assertCaughtUp('what the records are now');
      const query = { prefix, after, limit, uuids: uuids.length === 0 ? undefined : uuids };
      return { digests: [...(await rows.recordDigests(query))] };
    },
    async names(sha256) {
      checkSha256('sha256', sha256);
      await assertCaughtUp('whether the content is named');
      return { named: await rows.namesContent(sha256) };
    },
  };
}

function invalid(message: string, pointer: string): OdstError {
  return new OdstError('COMMON_REQUEST_INVALID', message, { pointer });
}

async function headsPage(rows: PackageRows, { after, limit }: ListHeadsRequest): Promise<ListHeadsResponse> {
  if (!(limit >= 1 && limit <= mostHeads)) throw invalid(`limit is 1 to ${mostHeads}`, '/limit');
  await rows.caughtUp();
  const found = await rows.heads(after, limit + 1);
  const packages = found.slice(0, limit);
  return { packages: [...packages], next: found.length > limit ? (packages.at(-1)?.id ?? 0) : 0 };
}

/** A page of packages that there is such work on. */
async function pageOf(rows: PackageRows, kind: 'wanted' | 'leaving', { after, limit }: ListWantedRequest) {
  await rows.caughtUp();
  const size = limitOf(limit);
  const entries = await rows.entries({ kind }, numberOf(after), size);
  const last = entries.length < size ? undefined : entries.at(-1);
  return { entries, next: last === undefined ? '' : String(last.package.packageId) };
}

function filterOf(request: ListPackagesRequest): PackageFilter {
  const { stage, status, query, inConflict, inTrash, servedOnly, awaitingConfirmation, only } = request;
  const inStage = stage === '' ? undefined : parseStage(stage);
  // What is in conflict, in the trash, or to be confirmed concerns the admin of every server, also of one that serves nothing of it.
  const unlessAsked = inConflict || inTrash || awaitingConfirmation ? statuses : listed;
  return {
    statuses: status === '' ? unlessAsked : [statusOf(status)],
    ...(inStage === undefined ? {} : servedOnly ? { listedStage: inStage } : { stage: inStage }),
    ...(query === '' ? {} : { query }),
    ...(inConflict ? { inConflict } : {}),
    ...(inTrash ? { inTrash } : {}),
    ...(awaitingConfirmation ? { awaitingConfirmation } : {}),
    ...(only === undefined ? {} : { ids: only.ids }),
  };
}

function statusOf(value: string): PackageStatus {
  const status = statuses.find((candidate) => candidate === value);
  if (status !== undefined) return status;
  throw new OdstError('COMMON_REQUEST_INVALID', `the status ${JSON.stringify(value)} is not one of ${statuses.join(', ')}`, {
    pointer: '/status',
  });
}

function orderOf(value: string): PackageOrder {
  const order = value === '' ? 'id' : orders.find((candidate) => candidate === value);
  if (order !== undefined) return order;
  throw new OdstError('COMMON_REQUEST_INVALID', `sort is not one of ${orders.join(', ')}`, { pointer: '/sort' });
}

function limitOf(limit: number): number {
  if (limit === 0) return defaultPage;
  if (limit >= 1 && limit <= largestPage) return limit;
  throw new OdstError('COMMON_REQUEST_INVALID', `limit is 1 to ${largestPage}`, { pointer: '/limit' });
}

function skipOf(skip = 0): number {
  if (skip >= 0) return skip;
  throw new OdstError('COMMON_REQUEST_INVALID', 'skip is 0 or more', { pointer: '/offset' });
}

function numberOf(after: string): number {
  if (after === '') return 0;
  if (/^[1-9][0-9]{0,8}$/.test(after)) return Number(after);
  throw new OdstError('COMMON_REQUEST_INVALID', 'after is not a cursor of this list', { pointer: '/after' });
}

/** The content that is to be served, while its bytes are on their way. */
function awaitedContent(found: Package | undefined) {
  const content = found?.serves?.content;
  return found?.wanted.some((one) => one.content.sha256 === content?.sha256) ? content : undefined;
}

/** What Last-Modified says of what is served: contents that stand against it in its head may share its second. */
function dateOf({ served, servedBefore, heads }: Package) {
  if (served === undefined) return { modifiedAt: undefined, modifiedAtIsShared: false };
  const standing = headOf(heads, served.stage).claims.flatMap(({ change, setting: { content } }) =>
    content === undefined ? [] : [{ sha256: content.sha256, datedAt: change.datedAt ?? changedAt(change) }],
  );
  // What only is to take its place knows of it, and has a later date: nobody has got that from here yet.
  const isStanding = standing.some(({ sha256 }) => sha256 === served.sha256);
  const rivals = standing.filter(({ datedAt }) => isStanding || isNotLater(datedAt, served.datedAt));
  const others = [...servedBefore, ...rivals].filter(({ sha256 }) => sha256 !== served.sha256);
  const { at: modifiedAt, isShared: modifiedAtIsShared } = servedDate(served, others);
  return { modifiedAt, modifiedAtIsShared };
}

function isNotLater(date: Date, than: Date | undefined): boolean {
  return Math.floor(date.getTime() / 1_000) <= Math.floor((than?.getTime() ?? 0) / 1_000);
}

function wantedOf({ package: { packageId, uuid, filename, heads, wanted } }: PackageEntry): readonly WantedContent[] {
  const contents = heads.flatMap(standingContents);
  return wanted.flatMap(({ content, fromIss }) => {
    const { sha256 } = content;
    const named = [content, ...contents.filter((other) => other.sha256 === sha256)];
    const digests = [...new Map(named.map((content) => [content.manifestDigest, content])).values()];
    return digests.map(({ sizeBytes, manifestDigest }) => ({
      sha256,
      sizeBytes,
      manifestDigest,
      packageUuid: uuid,
      packageId,
      filename,
      fromIss,
    }));
  });
}

function leavingOf({ package: state }: PackageEntry): readonly LeavingPackageContent[] {
  return state.leaving.map(({ content: { sha256 } }) => {
    return { packageUuid: state.uuid, sha256, stages: headsWith(state, sha256).map(({ stage }) => stage) };
  });
}

function unknown(reference: string): OdstError {
  return new OdstError('CATALOG_PACKAGE_UNKNOWN', `there is no package ${JSON.stringify(reference)}`, { reference });
}
