import { downloadPackage, routeOf } from '@odst/api';
import type { HttpApp } from '@odst/http';
import { OdstError } from '@odst/kernel';
import type { FindDownload } from '../app/find-download.ts';
import { attachment } from './content-disposition.ts';
import { serveBlob } from './serve-blob.ts';

/** Mounts `GET` and `HEAD` of `/share/<filename>` and `/Packages/<filename>`. Open to everybody, as clients expect. */
export async function downloadRoutes(app: HttpApp, findDownload: FindDownload): Promise<void> {
  for (const operation of downloadPackage) {
    app.route({
      ...routeOf(operation),
      method: ['GET', 'HEAD'],
      handler: async (request, reply) => {
        const name = request.params['*'];
        if (name === '' || name.includes('/')) throw new OdstError('CATALOG_PACKAGE_UNKNOWN', 'there is no package of this name');
        const download = await findDownload(name);
        reply
          .type('application/octet-stream')
          .header('content-disposition', attachment(download.filename))
          // The bytes of a name may be replaced: caches ask with the tag.
          .header('cache-control', 'no-cache');
        const { sha256, sizeBytes, createdAt } = download;
        return serveBlob(request, reply, { sha256, sizeBytes, lastModified: createdAt }, download.open);
      },
    });
  }
}
