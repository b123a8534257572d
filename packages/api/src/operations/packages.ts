import { Type } from 'typebox';
import type { Operation } from '../operation.ts';
import { Act, ActAt, Actor, ChangedBy, ChangedByName, Content, Package, PackageStatus, SizeBytes } from '../package-shapes.ts';
import {
  After,
  Count,
  CountedPage,
  etag,
  Flag,
  Iss,
  ifNoneMatch,
  Limit,
  NotModified,
  OrNull,
  Page,
  Search,
  Sha1,
  Sha256,
  SmallId,
  Stage,
  Time,
  WideLimit,
} from '../shapes.ts';

const tag = 'Packages';
const access = { action: 'packages:read', role: 'viewer' } as const;

const packageId = Type.Object({ id: SmallId });
const unknown = 'CATALOG_PACKAGE_UNKNOWN';
const pageQuery = Type.Object({ limit: WideLimit, after: After }, { additionalProperties: false });

/** `GET /api/v1/packages` */
export const listPackages = {
  method: 'GET',
  url: '/api/v1/packages',
  id: 'listPackages',
  tag,
  summary: 'Packages, a page at a time',
  description: 'Deleted and withheld ones only where they are asked for.',
  access,
  query: Type.Object(
    {
      stage: Type.Optional(Type.Enum(['Dev', 'Test', 'Prod'], { description: 'Those with a content in this stage' })),
      status: Type.Optional(PackageStatus),
      q: Search('name'),
      sort: Type.Enum(['id', 'name', 'changed', '-id', '-name', '-changed'], {
        default: 'id',
        description: '`changed`: the latest first. Behind `-` the other way round',
      }),
      deleted: Flag(
        'Those that are deleted in every stage, also those that this server serves until somebody confirms; as `status=Deleted`',
      ),
      conflict: Flag('Those with a stage in conflict'),
      trash: Flag('Those with contents in the trash of this server'),
      awaitsConfirmation: Flag(
        'Those that were deleted at another server, and that this one serves until `POST packages/{id}/confirm`',
      ),
      behind: Flag('Those that a server lacks which is to hold them; up to 10 s old'),
      coverage: Flag('Tell of each head how many servers hold it'),
      total: Flag('Count all of the list besides'),
      limit: Limit,
      after: Type.Optional(Type.String({ maxLength: 1_000, description: '`next` of the last page, of the same sort' })),
      offset: Type.Integer({
        ...{ minimum: 0, maximum: 10_000_000, default: 0 },
        description: 'Rows to leave out before the page: `after` goes on where a page ended, this goes anywhere',
      }),
    },
    { additionalProperties: false },
  ),
  answers: { 200: CountedPage(Package) },
} as const satisfies Operation;

/** `GET /api/v1/packages/{id}` */
export const readPackage = {
  method: 'GET',
  url: '/api/v1/packages/:id',
  id: 'readPackage',
  tag,
  summary: 'One package, also a deleted one',
  access,
  params: Type.Object({ id: Type.String({ description: 'Id or file name; digits only: the id wins' }) }),
  unknown,
  headers: ifNoneMatch,
  answers: { 200: Package, 304: NotModified },
  answerHeaders: etag,
} as const satisfies Operation;

/** `GET /api/v1/packages/{id}/revisions` */
export const listRevisions = {
  method: 'GET',
  url: '/api/v1/packages/:id/revisions',
  id: 'listRevisions',
  tag,
  summary: 'What the stages of a package have and had, newest first',
  access,
  params: packageId,
  unknown,
  query: pageQuery,
  answers: {
    200: Page(
      Type.Object(
        {
          stage: Stage,
          sha256: Sha256,
          sha1: Sha1,
          sizeBytes: SizeBytes,
          changedAt: ActAt,
          changedBy: ChangedBy,
          changedByName: ChangedByName,
          actor: Actor,
          act: Act,
          stands: Type.Boolean({ description: 'Whether the stage has it now' }),
          isHere: Type.Boolean({ description: 'Whether this server holds verified bytes of it' }),
          trashedAt: OrNull(Time, 'Since when it is in the trash; null where it is not'),
          reason: OrNull(Type.String(), 'Why, in the words of who did it; null where nobody said'),
        },
        { title: 'Revision' },
      ),
    ),
  },
} as const satisfies Operation;

/** `GET /api/v1/packages/{id}/compare` */
export const compareRevisions = {
  method: 'GET',
  url: '/api/v1/packages/:id/compare',
  id: 'compareRevisions',
  tag,
  summary: 'What two contents that a package has or had share',
  description: 'By chunks of 1 MiB of the same bytes, wherever in the files they are.',
  access,
  params: packageId,
  unknown,
  query: Type.Object({ from: Sha256, to: Sha256 }, { additionalProperties: false }),
  answers: {
    200: Type.Object(
      {
        from: Content,
        to: Content,
        shared: OrNull(
          Type.Object(
            {
              chunks: Count('Chunks of `to` that `from` has too'),
              ofChunks: Count('Chunks of `to`'),
              bytes: Count('Bytes of those that both have'),
              strip: Type.Array(Type.Integer({ minimum: 0, maximum: 100 }), {
                maxItems: 64,
                description: '`to` in equal parts, in file order, and of each the share that `from` has too, in percent',
              }),
            },
            { title: 'SharedChunks' },
          ),
          'Null where this server does not hold verified bytes of both, or still makes their lists of chunks',
        ),
      },
      { title: 'RevisionComparison' },
    ),
  },
  errors: ['CATALOG_REVISION_UNKNOWN'],
} as const satisfies Operation;

/** `GET /api/v1/packages/{id}/history` */
export const listHistory = {
  method: 'GET',
  url: '/api/v1/packages/:id/history',
  id: 'listHistory',
  tag,
  summary: 'What happened to a package, newest first',
  access,
  params: packageId,
  unknown,
  query: pageQuery,
  answers: {
    200: Page(
      Type.Object(
        {
          id: Type.String({ description: 'Id of the event, the same in the feed' }),
          type: Type.String({ examples: ['PackagePromoted'] }),
          recordedAt: Type.String({ ...Time, description: 'When this server wrote it' }),
          actor: Type.String({ description: 'Who did it, here or at the server where it was done' }),
          changedBy: OrNull(Iss, 'Server where it was done; null for what concerns this one only'),
          changedByName: OrNull(
            Type.String(),
            'Name of that server; null where it is not known here, and for what concerns this one only',
          ),
          data: Type.Unsafe<object>(
            Type.Object({}, { additionalProperties: true, description: 'As the AsyncAPI document describes it' }),
          ),
        },
        { title: 'HistoryEntry' },
      ),
    ),
  },
} as const satisfies Operation;

/** `GET /api/v1/trash` */
export const listTrash = {
  method: 'GET',
  url: '/api/v1/trash',
  id: 'listTrash',
  tag,
  summary: 'What lies in the trash of this server, and until when',
  description:
    'By package. A content that several packages had is there for each of them. A day after the last of them let it go its bytes are removed, unless something uses them again.',
  access,
  query: Type.Object(
    { limit: Type.Integer({ ...Limit, description: 'Most packages of a page' }), after: After },
    { additionalProperties: false },
  ),
  answers: {
    200: Page(
      Type.Object(
        {
          package: Type.Object({ id: SmallId, filename: Type.String() }),
          sha256: Sha256,
          sizeBytes: SizeBytes,
          trashedAt: Time,
          leavesAt: {
            ...Time,
            description: 'When its time in the trash is over, by the settings of now; it goes at the next sweep',
          },
        },
        { title: 'TrashedContent' },
      ),
    ),
  },
} as const satisfies Operation;
