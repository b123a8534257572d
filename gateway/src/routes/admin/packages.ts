import { Readable } from 'node:stream';
import { listAdminPackages, readAdminPackage, routeOf } from '@odst/api';
import type { Package } from '@odst/contracts/catalog';
import type { HttpApp } from '@odst/http';
import { type Caller, isOdstError, OdstError } from '@odst/kernel';
import { principalOf } from '../../admission.ts';
import type { RouteDeps } from '../../route-deps.ts';
import { packageRow } from './package-row.ts';

const sha1Bytes = 20;
/** Packages that are held in memory of a list. */
const pagePackages = 500;

/** `GET /api/admin/packages` and `GET /api/admin/packages/{id or filename}`. Uploads belong to the data plane. */
export function packagesRoutes(app: HttpApp, { clients }: RouteDeps): void {
  app.route({
    ...routeOf(listAdminPackages),
    handler: async (request, reply) => {
      const pages = pagesOf(clients, principalOf(request));
      // A catalog that is away is told with a status as long as there is one to be told with.
      const first = await pages.next();
      reply.type('application/json; charset=utf-8');
      // What is all of it is sent with its length, as scripts expect of a short list.
      const rest = await pages.next();
      if (rest.done) return { items: rowsOf(first.value ?? []) };
      return reply.send(Readable.from(listText([...(first.value ?? []), ...rest.value], pages), { objectMode: false }));
    },
  });

  app.route({
    ...routeOf(readAdminPackage),
    handler: async (request) => {
      const { reference } = request.params;
      const wanted = { reference, alsoDeleted: false };
      const found = (await clients.packages.getPackage(wanted, { caller: principalOf(request) })).package;
      const row = found && packageRow(found);
      if (row === undefined) throw new OdstError('CATALOG_PACKAGE_UNKNOWN', `there is no package ${reference}`);
      return { ...row, chunks: await chunksOf(clients, row.sha256) };
    },
  });
}

/** All packages, a page at a time: the next one is asked for when the one before it was taken. */
async function* pagesOf({ packages: catalog }: RouteDeps['clients'], caller: Caller): AsyncGenerator<readonly Package[]> {
  const all = {
    stage: '',
    status: '',
    query: '',
    inConflict: false,
    inTrash: false,
    awaitingConfirmation: false,
    servedOnly: false,
    sort: 'id',
  };
  let after = '';
  do {
    const { packages, next } = await catalog.listPackages({ ...all, after, limit: pagePackages }, { caller });
    yield packages;
    after = next;
  } while (after !== '');
}

/** The JSON of the list. It breaks off where a later page cannot be had, so that nobody takes what came for the whole. */
async function* listText(first: readonly Package[], more: AsyncIterable<readonly Package[]>): AsyncGenerator<string> {
  yield '{"items":[';
  let separator = '';
  const textOf = (packages: readonly Package[]): string => {
    const rows = rowsOf(packages);
    if (rows.length === 0) return '';
    const text = separator + JSON.stringify(rows).slice(1, -1);
    separator = ',';
    return text;
  };
  yield textOf(first);
  for await (const packages of more) yield textOf(packages);
  yield ']}';
}

function rowsOf(packages: readonly Package[]) {
  return packages.map(packageRow).filter((row) => row !== undefined);
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
