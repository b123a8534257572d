import { randomBytes, randomUUID } from 'node:crypto';
import { type ServiceRuntime, serveDeadLetters, serveProjections } from '@odst/backbone';
import { serveEvents, startGrpcServer } from '@odst/grpc';
import { noFault } from '@odst/kernel';
import { type ProjectionRunner, startProjections } from '@odst/projections';
import { createEd25519Signatures } from './adapters/ed25519-signatures.ts';
import { createGrpcBlobs } from './adapters/grpc-blobs.ts';
import { createGrpcRegistration } from './adapters/grpc-registration.ts';
import { createPgPackageNumbers } from './adapters/pg-package-numbers.ts';
import { createUseCases } from './app/use-cases.ts';
import { servePackages } from './grpc/packages-service.ts';
import { serveRecords } from './grpc/records-service.ts';
import { packagesProjection } from './projections/packages-projection.ts';
import { createPgPackageRows } from './projections/pg-package-rows.ts';
import { startCatalogReactions } from './reactions/catalog-reactions.ts';

/** What catalog runs on. */
export type CatalogDeps = ServiceRuntime & {
  /** Extensions that may be uploaded, lower case, without the dot; `*` allows all. Default pkg, mpkg, dmg, zip. */
  readonly allowedExtensions?: readonly string[];
};

/** A catalog service that runs. */
export type RunningCatalog = AsyncDisposable & {
  /** Where gRPC is served, with the port that was taken. */
  readonly address: string;
  /** The read model, for its lag. */
  readonly projection: Pick<ProjectionRunner, 'lag' | 'failure'>;
};

const defaultExtensions = ['pkg', 'mpkg', 'dmg', 'zip'];

/** Starts the read model, the gRPC server and the reactions. Disposing stops them; all goes on at the next start. */
export async function startCatalog(deps: CatalogDeps): Promise<RunningCatalog> {
  const { pool, schema, store, clock, logger, metrics, connect, faultPoint = noFault } = deps;
  await using stack = new AsyncDisposableStack();
  const projections = stack.use(
    await startProjections({ pool, schema, source: store, projections: [packagesProjection], logger, metrics, faultPoint }),
  );
  const projection = projections.runner(packagesProjection.name);
  const useCases = createUseCases({
    store,
    rows: createPgPackageRows(pool, store, projection),
    registration: createGrpcRegistration(connect('registration')),
    signatures: createEd25519Signatures(),
    blobs: createGrpcBlobs(connect('storage')),
    numbers: createPgPackageNumbers(pool),
    epoch: randomBytes(8).toString('hex'),
    clock,
    logger,
    allowedExtensions: deps.allowedExtensions ?? defaultExtensions,
  });
  const server = stack.use(
    await startGrpcServer({
      address: deps.address,
      services: [
        servePackages(useCases),
        serveRecords(useCases),
        serveEvents(store),
        serveProjections(projections),
        serveDeadLetters(deps),
      ],
      internalToken: deps.internalToken,
      logger,
    }),
  );
  stack.use(await startCatalogReactions({ ...deps, ...useCases, newId: randomUUID }));
  const running = stack.move();
  return { address: server.address, projection, [Symbol.asyncDispose]: () => running.disposeAsync() };
}
