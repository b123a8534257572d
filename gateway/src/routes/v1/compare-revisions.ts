import { compareRevisions, routeOf } from '@odst/api';
import type { HttpApp } from '@odst/http';
import { Bitmap, chunkCount, chunkSizeBytes, isOdstError, OdstError } from '@odst/kernel';
import { principalOf } from '../../admission.ts';
import type { RouteDeps } from '../../route-deps.ts';
import { contentResource } from './package-resource.ts';

const [sha1Bytes, sha256Bytes] = [20, 32];

/** Parts of a content of which is told how much of each is shared. */
const stripParts = 64;

type Content = { readonly sha256: string; readonly sizeBytes: number };

/** `GET /api/v1/packages/{id}/compare`. */
export function compareRevisionsRoute(app: HttpApp, { clients }: RouteDeps): void {
  app.route({
    ...routeOf(compareRevisions),
    handler: async (request) => {
      const { id } = request.params;
      const { revisions } = await clients.packages.listRevisions({ id }, { caller: principalOf(request) });
      const contentOf = (sha256: string) => {
        const content = revisions.find((revision) => revision.content?.sha256 === sha256)?.content;
        if (content !== undefined) return contentResource(content);
        throw new OdstError('CATALOG_REVISION_UNKNOWN', `the package never had the content ${sha256}`, { id, sha256 });
      };
      const [from, to] = [contentOf(request.query.from), contentOf(request.query.to)];
      return { from, to, shared: await sharedChunks(clients, from, to) };
    },
  });
}

/** Which chunks of a content another one has too, by their SHA-256; null where the chunk lists of both cannot be had now. */
async function sharedChunks(clients: RouteDeps['clients'], from: Content, to: Content) {
  const [had, asked] = await Promise.all([digestsOf(clients, from), digestsOf(clients, to)]);
  if (had === undefined || asked === undefined) return null;
  const known = new Set(had);
  const shared = new Bitmap(asked.length);
  let bytes = 0;
  for (const [index, digest] of asked.entries()) {
    if (!known.has(digest)) continue;
    shared.add(index);
    bytes += Math.min(chunkSizeBytes, to.sizeBytes - index * chunkSizeBytes);
  }
  return { chunks: shared.size, ofChunks: asked.length, bytes, strip: shared.shares(stripParts) };
}

/**
 * SHA-256 of each chunk; a manifest ends with them. Undefined where it is not to be had, or not of the size that the package tells: any
 * server may have written that one.
 */
async function digestsOf(
  { blobs }: RouteDeps['clients'],
  { sha256, sizeBytes }: Content,
): Promise<readonly string[] | undefined> {
  try {
    const { manifest, chunkSha1s } = await blobs.getManifest({ sha256 });
    const count = chunkSha1s.length / sha1Bytes;
    if (count !== chunkCount(sizeBytes)) return undefined;
    const digests = Buffer.from(manifest).subarray(-count * sha256Bytes);
    return Array.from({ length: count }, (_, index) =>
      digests.toString('base64', index * sha256Bytes, (index + 1) * sha256Bytes),
    );
  } catch (error) {
    if (isOdstError(error, 'STORAGE_BLOB_UNKNOWN') || isOdstError(error, 'STORAGE_MANIFEST_PENDING')) return undefined;
    throw error;
  }
}
