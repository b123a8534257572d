import { PackagesServiceService } from '@odst/contracts/catalog';
import { type ServedService, serve } from '@odst/grpc';
import type { UseCases } from '../app/use-cases.ts';
import { metadataOf } from './event-metadata.ts';

/** `odst.catalog.v1.PackagesService`. @param newId gives ids of commands that the caller did not name */
export function servePackages({ registerUpload, changeStage, find }: UseCases, newId: () => string): ServedService {
  return serve(PackagesServiceService, {
    registerUpload: (request, context) => registerUpload(request, metadataOf(context, newId)),
    listPackages: (request) => find.list(request),
    getPackage: ({ reference }) => find.get(reference),
    findContent: ({ filename }) => find.content(filename),
    changeStage: (request, context) => changeStage(request, metadataOf(context, newId)),
  });
}
