import { Type } from 'typebox';
import type { Operation } from '../operation.ts';
import { ActEffects, Package, Reason } from '../package-shapes.ts';
import { etag, Flag, ifMatch, Nothing, OrNull, Page, Sha256, SmallId, Stage } from '../shapes.ts';

const tag = 'Packages';
const access = { action: 'packages:change', role: 'promoter' } as const;
const changeErrors = [
  'CATALOG_CONTENT_CHANGED',
  'CATALOG_HEAD_EMPTY',
  'CATALOG_HEAD_CONFLICTED',
  'COMMON_COMMAND_CONFLICT',
  'COMMON_PRECONDITION_FAILED',
  'COMMON_EVENT_TOO_LARGE',
  'COMMON_REQUEST_INVALID',
] as const;
const dryRun = { dryRun: Flag('Only tell what would change') };
const Seen = Type.Optional(
  Type.String({
    ...Sha256,
    description: 'SHA-256 of the content that was seen, 64 hex digits in lower case: it is refused where there is another one',
  }),
);
const Chosen = Type.Optional(
  Type.String({ ...Sha256, description: 'SHA-256 of the revision, 64 hex digits in lower case; without it the latest one' }),
);
const StageOfHead = Type.Enum(['Dev', 'Test', 'Prod'], { description: 'Stage that is changed' });

const one = {
  params: Type.Object({ id: SmallId }),
  unknown: 'CATALOG_PACKAGE_UNKNOWN',
  headers: ifMatch,
  answerHeaders: etag,
} as const;

const act = {
  method: 'POST',
  tag,
  access,
  ...one,
  query: Type.Object(dryRun, { additionalProperties: false }),
  answers: { 200: Type.Union([Package, ActEffects]) },
  errors: changeErrors,
} as const;

/** `PATCH /api/v1/packages/{id}` */
export const changePackage = {
  method: 'PATCH',
  url: '/api/v1/packages/:id',
  id: 'changePackage',
  tag,
  summary: 'Promote or demote the content that this server serves',
  access,
  ...one,
  body: Type.Object(
    { stage: Stage, sha256: Seen },
    { title: 'PackageChange', additionalProperties: false, examples: [{ stage: 'Prod' }] },
  ),
  answers: { 200: Package },
  errors: [...changeErrors, 'CATALOG_STAGE_ORDER'],
} as const satisfies Operation;

/** `POST /api/v1/packages/{id}/promote` */
export const promotePackage = {
  ...act,
  url: '/api/v1/packages/:id/promote',
  id: 'promotePackage',
  summary: 'Give a higher stage the content of a lower one',
  description:
    'Lower stages that hold the promoted or the replaced content are emptied, where their servers are served the promoted one then. Without `from` the only content below is meant.',
  body: Type.Object(
    { from: Type.Optional(Stage), to: StageOfHead, sha256: Seen, reason: Type.Optional(Reason) },
    { title: 'Promotion', additionalProperties: false, examples: [{ from: 'Dev', to: 'Prod' }] },
  ),
  errors: [...changeErrors, 'CATALOG_SOURCE_AMBIGUOUS', 'CATALOG_STAGE_ORDER'],
} as const satisfies Operation;

/** `POST /api/v1/packages/{id}/demote` */
export const demotePackage = {
  ...act,
  url: '/api/v1/packages/:id/demote',
  id: 'demotePackage',
  summary: 'Move a content to a lower stage',
  description: 'Without `from` the highest content above is meant. `dryRun=true` tells what each stage is left with.',
  body: Type.Object(
    { from: Type.Optional(Stage), to: StageOfHead, sha256: Seen, reason: Type.Optional(Reason) },
    { title: 'Demotion', additionalProperties: false, examples: [{ from: 'Prod', to: 'Test' }] },
  ),
  errors: [...changeErrors, 'CATALOG_STAGE_ORDER'],
} as const satisfies Operation;

/** `DELETE /api/v1/packages/{id}` */
export const deletePackage = {
  ...act,
  method: 'DELETE',
  url: '/api/v1/packages/:id',
  id: 'deletePackage',
  summary: 'Empty one stage of a package, or all',
  description: 'What no stage has any more is kept in the trash of each server for a time, and can be restored.',
  query: Type.Object(
    {
      stage: Type.Optional(Type.Enum(['Dev', 'Test', 'Prod'], { description: 'Stage that is emptied; without it all are' })),
      sha256: Seen,
      reason: Type.Optional(Reason),
      ...dryRun,
    },
    { additionalProperties: false },
  ),
  answers: { 200: ActEffects, 204: Nothing('Done') },
} as const satisfies Operation;

/** `POST /api/v1/packages/{id}/restore` */
export const restorePackage = {
  ...act,
  url: '/api/v1/packages/:id/restore',
  id: 'restorePackage',
  summary: 'Put back what was deleted, or what a stage had before',
  description: 'Without `stage` what the last deletion emptied.',
  body: Type.Object(
    { stage: Type.Optional(StageOfHead), sha256: Chosen, reason: Type.Optional(Reason) },
    { title: 'Restoration', additionalProperties: false, examples: [{ stage: 'Prod' }] },
  ),
  errors: [...changeErrors, 'CATALOG_HEAD_TAKEN', 'CATALOG_REVISION_UNKNOWN'],
} as const satisfies Operation;

/** `POST /api/v1/packages/{id}/rollback` */
export const rollbackPackage = {
  ...act,
  url: '/api/v1/packages/:id/rollback',
  id: 'rollbackPackage',
  summary: 'Give a stage the content that it had before',
  body: Type.Object(
    { stage: StageOfHead, reason: Type.Optional(Reason) },
    { title: 'Rollback', additionalProperties: false, examples: [{ stage: 'Prod' }] },
  ),
  errors: [...changeErrors, 'CATALOG_REVISION_UNKNOWN'],
} as const satisfies Operation;

/** `POST /api/v1/packages/{id}/confirm` */
export const confirmDeletion = {
  ...act,
  url: '/api/v1/packages/:id/confirm',
  id: 'confirmDeletion',
  summary: 'Stop serving here what is deleted in every stage',
  description: 'For a server that asks before it follows a deletion.',
} as const satisfies Operation;

/** `POST /api/v1/packages/bulk` */
export const changePackages = {
  method: 'POST',
  url: '/api/v1/packages/bulk',
  id: 'changePackages',
  tag,
  summary: 'One act on many packages',
  description: 'Each by itself: what is refused for one stands in its result and holds up no other.',
  access,
  query: Type.Object(dryRun, { additionalProperties: false }),
  body: Type.Object(
    {
      act: Type.Enum(['promote', 'demote', 'delete', 'restore', 'rollback', 'confirm']),
      ids: Type.Array(SmallId, { minItems: 1, maxItems: 500, uniqueItems: true, description: '1 to 500 ids, each once' }),
      from: Type.Optional(Stage),
      to: Type.Optional(StageOfHead),
      stage: Type.Optional(StageOfHead),
      reason: Type.Optional(Reason),
    },
    {
      title: 'BulkChange',
      additionalProperties: false,
      description:
        '`to` with promote and demote, `from` where it is meant; `stage` with rollback and, where one is meant, delete and restore',
      examples: [{ act: 'promote', ids: [7, 8], to: 'Prod' }],
    },
  ),
  answers: {
    200: Page(
      Type.Object(
        {
          id: SmallId,
          status: Type.Integer({ description: 'HTTP status that the act by itself would have had; 200 when it was done' }),
          code: OrNull(Type.String({ description: 'Code of the refusal' }), 'Null when it was done'),
          detail: OrNull(Type.String(), 'Why it was refused; null when it was done'),
          package: OrNull(Package, 'As it is now; null when it was refused, and for a dry run'),
          dryRun: OrNull(ActEffects, 'Null unless it was asked for'),
        },
        { title: 'BulkResult' },
      ),
    ),
  },
} as const satisfies Operation;
