import { PackagesServiceService } from '@odst/contracts/catalog';
import { type ServedService, serve } from '@odst/grpc';
import type { UseCases } from '../app/use-cases.ts';

/** `odst.catalog.v1.PackagesService`. */
export function servePackages({ registerUpload, checkUpload, changePackage, find, history }: UseCases): ServedService {
  return serve(PackagesServiceService, {
    registerUpload: (request, { metadata, signal }) => registerUpload(request, metadata, signal),
    checkUpload,
    listPackages: (request) => find.list(request),
    listHeads: (request) => find.heads(request),
    getTrash: () => find.trash(),
    getPackage: (request) => find.get(request),
    findContent: ({ filename }) => find.content(filename),
    changePackage: (request, { metadata }) => changePackage(request, metadata),
    listRevisions: (request) => history.revisions(request),
    listHistory: (request) => history.events(request),
  });
}
