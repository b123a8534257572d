import { listAdminPackages, readAdminPackage, routeOf } from '@odst/api';
import type { HttpApp } from '@odst/http';
import { isOdstError, OdstError } from '@odst/kernel';
import { principalOf } from '../../admission.ts';
import type { RouteDeps } from '../../route-deps.ts';
import { packageRow } from './package-row.ts';

const sha1Bytes = 20;

/** `GET /api/admin/packages` and `GET /api/admin/packages/{id or filename}`. Uploads belong to the data plane. */
export function packagesRoutes(app: HttpApp, { clients }: RouteDeps): void {
  app.route({
    ...routeOf(listAdminPackages),
    handler: async (request) => {
      const { packages } = await clients.packages.listPackages({ stage: '', status: '' }, { caller: principalOf(request) });
      return { items: packages.map(packageRow) };
    },
  });

  app.route({
    ...routeOf(readAdminPackage),
    handler: async (request) => {
      const { reference } = request.params;
      const found = (await clients.packages.getPackage({ reference }, { caller: principalOf(request) })).package;
      if (found?.record === undefined) throw new OdstError('CATALOG_PACKAGE_UNKNOWN', `there is no package ${reference}`);
      return { ...packageRow(found), chunks: await chunksOf(clients, found.record.sha256) };
    },
  });
}

/** The chunk list of a blob; empty while the blob is still being fetched, or the list of a large upload still being made. */
async function chunksOf(clients: RouteDeps['clients'], sha256: string) {
  try {
    const { chunkSha1s } = await clients.blobs.getManifest({ sha256 });
    const digests = Buffer.from(chunkSha1s);
    return Array.from({ length: digests.length / sha1Bytes }, (_, index) => ({
      index,
      sha1: digests.toString('hex', index * sha1Bytes, (index + 1) * sha1Bytes),
    }));
  } catch (error) {
    if (isOdstError(error, 'STORAGE_BLOB_UNKNOWN') || isOdstError(error, 'STORAGE_MANIFEST_PENDING')) return [];
    throw error;
  }
}
