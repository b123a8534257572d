import { isOdstError, OdstError } from '@odst/kernel';
import type { FastifyInstance } from 'fastify';
import type { RouteDeps } from '../../route-deps.ts';
import { packageRow } from './package-row.ts';

const sha1Bytes = 20;

/** `GET /api/admin/packages` and `GET /api/admin/packages/{id or filename}`. Uploads belong to the data plane. */
export function packagesRoutes(app: FastifyInstance, { clients, authorizer }: RouteDeps): void {
  app.get('/api/admin/packages', async (request) => {
    const context = await authorizer.authorize(request, 'packages:read');
    const { packages } = await clients.packages.listPackages({ stage: '', status: '' }, { context });
    return { items: packages.map(packageRow) };
  });

  app.get<{ Params: { reference: string } }>('/api/admin/packages/:reference', async (request) => {
    const context = await authorizer.authorize(request, 'packages:read');
    const { reference } = request.params;
    const found = (await clients.packages.getPackage({ reference }, { context })).package;
    if (found?.record === undefined) throw new OdstError('CATALOG_PACKAGE_UNKNOWN', `there is no package ${reference}`);
    return { ...packageRow(found), chunks: await chunksOf(clients, found.record.sha256) };
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
