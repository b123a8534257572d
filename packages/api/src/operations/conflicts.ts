import { Type } from 'typebox';
import type { Operation } from '../operation.ts';
import { Act, ActAt, ActEffects, Actor, Package, Reason, SizeBytes, Uuid } from '../package-shapes.ts';
import { Count, etag, Flag, Iss, ifMatch, Limit, OrNull, Page, Search, Sha1, Sha256, SmallId, Stage } from '../shapes.ts';

const tag = 'Packages';

const ConflictId = Type.String({
  pattern: '^[1-9]\\d{0,8}-(Dev|Test|Prod)$',
  description: 'The id of a package and a stage, as 7-Prod',
  examples: ['7-Prod'],
});

const Contender = Type.Object(
  {
    sha256: OrNull(Sha256, 'Null: nothing'),
    sha1: OrNull(Sha1),
    sizeBytes: OrNull(SizeBytes),
    server: Type.String({ ...Iss, description: 'Identity of the server where it was done' }),
    serverName: OrNull(Type.String(), 'Name of that server; null where it is not known here'),
    changedAt: ActAt,
    actor: Actor,
    act: Act,
    isHere: Type.Boolean({ description: 'Whether this server holds verified bytes of it' }),
    wins: Type.Boolean({ description: 'Whether it is what the stage has until somebody resolves the conflict' }),
  },
  { title: 'Contender' },
);

/** `GET /api/v1/conflicts` */
export const listConflicts = {
  method: 'GET',
  url: '/api/v1/conflicts',
  id: 'listConflicts',
  tag,
  summary: 'Stages of packages for which servers decided differently without knowing of each other',
  description: 'Ordered by package and stage. What loses is kept until an admin resolves the conflict.',
  access: { action: 'packages:read', role: 'viewer' },
  query: Type.Object(
    {
      q: Search('package'),
      limit: Type.Integer({ ...Limit, description: 'Most packages of a page; each has a conflict for up to three stages' }),
      after: Type.Optional(Type.String({ maxLength: 1_000, description: '`next` of the last page' })),
    },
    { additionalProperties: false },
  ),
  answers: {
    200: Page(
      Type.Object(
        {
          id: ConflictId,
          package: Type.Object({ id: SmallId, uuid: Uuid, filename: Type.String(), version: Count('For If-Match') }),
          stage: Stage,
          contenders: Type.Array(Contender, { description: 'The one that wins first' }),
        },
        { title: 'Conflict' },
      ),
    ),
  },
} as const satisfies Operation;

/** `POST /api/v1/conflicts/{id}/resolve` */
export const resolveConflict = {
  method: 'POST',
  url: '/api/v1/conflicts/:id/resolve',
  id: 'resolveConflict',
  tag,
  summary: 'Decide what a stage is to have, for all servers',
  access: { action: 'packages:change', role: 'promoter' },
  params: Type.Object({ id: ConflictId }),
  unknown: 'CATALOG_CONFLICT_UNKNOWN',
  headers: ifMatch,
  query: Type.Object({ dryRun: Flag('Only tell what would change') }, { additionalProperties: false }),
  body: Type.Object(
    {
      keep: OrNull(Sha256, 'The contender that the stage is to have; null: nothing'),
      reason: Type.Optional(Reason),
    },
    { title: 'Resolution', additionalProperties: false, examples: [{ keep: 'b'.repeat(64) }] },
  ),
  answers: { 200: Type.Union([Package, ActEffects]) },
  answerHeaders: etag,
  errors: [
    'CATALOG_PACKAGE_UNKNOWN',
    'CATALOG_CONTENT_CHANGED',
    'COMMON_COMMAND_CONFLICT',
    'COMMON_PRECONDITION_FAILED',
    'COMMON_EVENT_TOO_LARGE',
  ],
} as const satisfies Operation;
