import { Type } from 'typebox';
import type { Operation } from '../operation.ts';
import { Count, Iss, Limit, OrNull, Sha256, SmallId, Stage, Time } from '../shapes.ts';
import { waitFor } from '../wait-for.ts';

const tag = 'Packages';
const access = { action: 'packages:read', role: 'viewer' } as const;

const held = Count('Servers that said, signed, that they hold it, and were heard of within two minutes');
const of = Count('Servers whose stage admits it, without those that are blocked here or retired');
const HeardAt = OrNull(Time, 'When the server was heard of last; null for never');

const Site = Type.Object(
  {
    iss: Iss,
    name: Type.String(),
    state: Type.Enum(['verified', 'waiting', 'downloading', 'retrying', 'unknown', 'withheld'], {
      description:
        '`waiting`: it was heard of, and does not say that it holds it; `unknown`: it was not heard of for two minutes, whatever it said before; `withheld`: it is not to hold it, by its stage or because it is blocked here, and does not count in `of`; `downloading` and `retrying` of this server alone',
    }),
    since: OrNull(Time, '`verified`: since when, by the clock of that server; `unknown`: when it was heard of last'),
    reason: OrNull(Type.String(), 'Why it does not hold it, in words'),
    nextTryAt: OrNull(Time, '`retrying`: when it is tried again'),
    heardAt: HeardAt,
  },
  { title: 'SiteCoverage' },
);

/** `GET /api/v1/packages/{id}/coverage` */
export const readPackageCoverage = {
  method: 'GET',
  url: '/api/v1/packages/:id/coverage',
  id: 'readPackageCoverage',
  tag,
  summary: 'Which servers hold what a package has in each stage',
  description:
    'A server counts as holding a content only by what it said itself, signed, of verified bytes on its disk, and only while it is heard of. With `wait` it answers when those that are named hold the content of every stage, of `stage` alone where that is given, or when the time is over.',
  access,
  params: Type.Object({ id: SmallId }),
  unknown: 'CATALOG_PACKAGE_UNKNOWN',
  query: Type.Object(
    {
      stage: Type.Optional(Stage),
      wait: Type.Optional(waitFor),
      waitSeconds: Type.Integer({ minimum: 0, maximum: 600, default: 50, description: 'How long `wait` waits at most' }),
    },
    { additionalProperties: false },
  ),
  answers: {
    200: Type.Object(
      {
        items: Type.Array(
          Type.Object(
            {
              stage: Stage,
              sha256: Sha256,
              held,
              of,
              sites: Type.Array(Site, {
                description:
                  'Every server whose stage admits it, this one first, the others by name; then the others that are known, `withheld`; retired ones not at all',
              }),
            },
            { title: 'HeadCoverage' },
          ),
        ),
        next: Type.Null(),
        waited: OrNull(
          Type.Object({
            complete: Type.Boolean({ description: 'Whether those that were waited for hold it' }),
            missing: Type.Array(Site, { description: 'Those that were waited for and do not' }),
          }),
          'Null without `wait`',
        ),
      },
      { title: 'PackageCoverage' },
    ),
  },
  errors: ['EVENTS_STREAMS_TOO_MANY'],
} as const satisfies Operation;

/** `GET /api/v1/coverage` */
export const listCoverage = {
  method: 'GET',
  url: '/api/v1/coverage',
  id: 'listCoverage',
  tag,
  summary: 'How many servers hold each package in each stage, those that lack most first',
  description: 'Counted for all packages at once; the counts are up to 10 seconds old, see `countedAt`.',
  access,
  query: Type.Object(
    {
      sort: Type.Enum(['worst'], { default: 'worst', description: '`worst`: where most servers do not hold it' }),
      stage: Type.Optional(Stage),
      heldBy: Type.Optional({ ...Iss, description: 'Only what this server holds; nothing where it was not heard of' }),
      lackedBy: Type.Optional({ ...Iss, description: 'Only what this server lacks, see `lackedBy` of an item' }),
      limit: Limit,
      after: Type.Optional(Type.String({ maxLength: 100, description: '`next` of the last page' })),
    },
    { additionalProperties: false },
  ),
  answers: {
    200: Type.Object(
      {
        items: Type.Array(
          Type.Object(
            {
              id: SmallId,
              filename: Type.String(),
              stage: Stage,
              sha256: Sha256,
              held,
              unknown: Count('Servers that were not heard of for two minutes'),
              of,
              lackedBy: Type.Array(Iss, {
                description: 'Servers that were heard of, are to hold it, and do not say that they do',
              }),
            },
            { title: 'HeadCount' },
          ),
        ),
        next: OrNull(Type.String(), '`after` of the next page; null at the end'),
        sites: Type.Array(
          Type.Object(
            {
              iss: Iss,
              name: Type.String(),
              stage: Stage,
              isHeard: Type.Boolean({ description: 'Whether it was heard of within two minutes' }),
              heardAt: HeardAt,
              held: Count('Contents of stages that it holds; 0 where it was not heard of'),
              of: Count('Contents of stages that it is to hold'),
              lacksBytes: Count('Bytes of what it lacks; 0 where it was not heard of'),
            },
            { title: 'SiteCount' },
          ),
          { description: 'Every server over all packages, this one first, the others by name' },
        ),
        countedAt: Time,
      },
      { title: 'CoverageCounts' },
    ),
  },
} as const satisfies Operation;
