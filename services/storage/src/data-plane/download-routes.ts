import { downloadPackage, routeOf } from '@odst/api';
import type { HttpApp } from '@odst/http';
import { type Clock, OdstError } from '@odst/kernel';
import type { Metrics } from '@odst/telemetry';
import type { FindDownload } from '../app/find-download.ts';
import { attachment, contentTypeOf } from './file-headers.ts';
import { serveBlob } from './serve-blob.ts';

/** What the routes for clients are made of. */
export type DownloadRouteDeps = {
  readonly findDownload: FindDownload;
  readonly clock: Clock;
  readonly metrics: Pick<Metrics, 'add'>;
};

/** Mounts `GET` and `HEAD` of `/share/<filename>` and `/Packages/<filename>`. Open to everybody, as clients expect. */
export async function downloadRoutes(app: HttpApp, { findDownload, clock, metrics }: DownloadRouteDeps): Promise<void> {
  const onSent = (bytes: number) => metrics.add('odst_download_bytes_total', {}, bytes);
  for (const operation of downloadPackage) {
    app.route({
      ...routeOf(operation),
      method: ['GET', 'HEAD'],
      handler: async (request, reply) => {
        const name = request.params['*'];
        // The bytes of a name may be replaced, and a name that is unknown may come to be: caches ask, with the tag.
        reply.header('cache-control', 'no-cache');
        // Open to everybody, so pages elsewhere may have them too.
        reply.header('cross-origin-resource-policy', 'cross-origin');
        if (name.includes('/'))
          throw new OdstError('CATALOG_PACKAGE_UNKNOWN', 'there are no folders of packages, and . and .. are not resolved');
        const { filename, ...download } = await findDownload(name);
        const headers = { 'content-type': contentTypeOf(filename), 'content-disposition': attachment(filename) };
        return serveBlob(request, reply, { ...download, headers, onSent }, clock.now());
      },
    });
  }
}
