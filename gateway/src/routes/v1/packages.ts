import type { Package } from '@odst/contracts/catalog';
import { assertStage } from '@odst/http';
import { isOdstError, OdstError } from '@odst/kernel';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { createAdmission } from '../../auth/admission.ts';
import type { RouteDeps } from '../../route-deps.ts';
import { queryOf, wholeNumber } from './query.ts';

type StageChange = { stage: string; sha256?: string };

const stageChangeSchema = {
  type: 'object',
  required: ['stage'],
  additionalProperties: false,
  properties: { stage: { enum: ['Dev', 'Test', 'Prod'] }, sha256: { type: 'string', pattern: '^[0-9a-f]{64}$' } },
};

/** `PATCH /api/v1/packages/{id}`: promotes or demotes. */
export function packagesV1Routes(app: FastifyInstance, { clients, authorizer }: RouteDeps): void {
  const { onRequest, principalOf } = createAdmission(authorizer, 'packages:change-stage');
  app.patch<{ Params: { id: string }; Body: StageChange }>(
    '/api/v1/packages/:id',
    { onRequest, schema: { body: stageChangeSchema } },
    async (request, reply) => {
      queryOf(request);
      const { stage, sha256 = '' } = request.body;
      const context = principalOf(request);
      assertStage(request, context, stage);
      const id = packageId(request.params.id);
      const expected = expectedVersion(request);
      const change = clients.packages.changeStage({ id, stage, sha256, expectedVersion: expected }, { context });
      const changed = await (expected > 0n ? change.catch(preconditionFailed) : change);
      if (changed.package === undefined) throw new OdstError('CATALOG_PACKAGE_UNKNOWN', `there is no package ${id}`);
      return reply.header('etag', `"${changed.package.version}"`).send(packageResource(changed.package));
    },
  );
}

function packageId(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new OdstError('CATALOG_PACKAGE_UNKNOWN', `there is no package ${text}: packages are named by their number here`);
}

/** The version of `If-Match: "7"`; 0 without the header. */
function expectedVersion(request: FastifyRequest): bigint {
  const header = request.headers['if-match'];
  if (header === undefined || header === '*') return 0n;
  return BigInt(
    wholeNumber('If-Match', /^"(\d+)"$/.exec(header)?.[1] ?? header, { min: 1, max: Number.MAX_SAFE_INTEGER, fallback: 0 }),
  );
}

/** A conflict with a version that the caller named is a failed precondition (RFC 9110 §13.1.1). */
function preconditionFailed(error: unknown): never {
  if (!isOdstError(error, 'COMMON_COMMAND_CONFLICT')) throw error;
  throw new OdstError('COMMON_PRECONDITION_FAILED', error.message, error.details, { cause: error });
}

function packageResource({ id, status, record, version, createdAt }: Package) {
  return {
    id,
    uuid: record?.uuid,
    filename: record?.filename,
    stage: record?.stage,
    status,
    sizeBytes: Number(record?.sizeBytes ?? 0),
    sha1: record?.sha1,
    sha256: record?.sha256,
    version: Number(version),
    createdAt: createdAt?.toISOString(),
  };
}
