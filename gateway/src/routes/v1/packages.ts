import { changePackage, routeOf } from '@odst/api';
import type { Package } from '@odst/contracts/catalog';
import { assertStage, type HttpApp } from '@odst/http';
import { isOdstError, OdstError, stages } from '@odst/kernel';
import { principalOf } from '../../admission.ts';
import type { RouteDeps } from '../../route-deps.ts';
import { oneOf, packageStatuses, timeOf } from '../../wire.ts';

/** `PATCH /api/v1/packages/{id}`: promotes or demotes. */
export function packagesV1Routes(app: HttpApp, { clients }: RouteDeps): void {
  app.route({
    ...routeOf(changePackage),
    handler: async (request, reply) => {
      const { id } = request.params;
      const { stage, sha256 = '' } = request.body;
      const caller = principalOf(request);
      assertStage(request, caller, stage);
      const expected = expectedVersion(request.headers['if-match']);
      const change = clients.packages.changeStage({ id, stage, sha256, expectedVersion: expected }, { caller });
      const changed = await (expected > 0n ? change.catch(preconditionFailed) : change);
      if (changed.package === undefined) throw new OdstError('CATALOG_PACKAGE_UNKNOWN', `there is no package ${id}`);
      return reply.header('etag', `"${changed.package.version}"`).send(packageResource(changed.package));
    },
  });
}

/** The version of `If-Match: "7"`, also without the quotes, which many clients leave off; 0 without the header. */
function expectedVersion(header: string | undefined): bigint {
  if (header === undefined || header === '*') return 0n;
  const [, , digits] = /^("?)(0*[1-9]\d{0,14})\1$/.exec(header) ?? [];
  if (digits !== undefined) return BigInt(digits);
  throw new OdstError('COMMON_REQUEST_INVALID', 'If-Match is the version of a package, as "7"', { pointer: '/If-Match' });
}

/** A conflict with a version that the caller named is a failed precondition (RFC 9110 §13.1.1). */
function preconditionFailed(error: unknown): never {
  if (!isOdstError(error, 'COMMON_COMMAND_CONFLICT')) throw error;
  throw new OdstError('COMMON_PRECONDITION_FAILED', error.message, error.details, { cause: error });
}

function packageResource({ id, status, record, version, createdAt }: Package) {
  if (record === undefined) throw new OdstError('COMMON_INTERNAL', `package ${id} came without its record`);
  return {
    id,
    uuid: record.uuid,
    filename: record.filename,
    stage: oneOf(stages, record.stage),
    status: oneOf(packageStatuses, status),
    sizeBytes: Number(record.sizeBytes),
    sha1: record.sha1,
    sha256: record.sha256,
    version: Number(version),
    createdAt: timeOf(createdAt),
  };
}
