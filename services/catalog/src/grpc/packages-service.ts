import { PackagesServiceService } from '@odst/contracts/catalog';
import { type ServedService, serve } from '@odst/grpc';
import type { UseCases } from '../app/use-cases.ts';

/** `odst.catalog.v1.PackagesService`. */
export function servePackages({ registerUpload, changeStage, find }: UseCases): ServedService {
  return serve(PackagesServiceService, {
    registerUpload: (request, { metadata, signal }) => registerUpload(request, metadata, signal),
    listPackages: (request) => find.list(request),
    getPackage: ({ reference }) => find.get(reference),
    findContent: ({ filename }) => find.content(filename),
    changeStage: (request, { metadata }) => changeStage(request, metadata),
  });
}
