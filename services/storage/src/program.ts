import type { ProcessDeps, ServiceProgram } from '@odst/backbone';
import { secretsMigrations } from '@odst/secrets';
import { storageConfigOf } from './config.ts';
import { buildDataPlaneServer } from './data-plane/data-plane-server.ts';
import { storageMigrations } from './migrations.ts';
import { startStorage } from './service.ts';

/** Storage as a process of its own: gRPC on one port, the data plane on another. */
export const storageProgram: ServiceProgram = {
  service: 'storage',
  migrations: [secretsMigrations, storageMigrations],
  start: startWithListener,
};

async function startWithListener(deps: ProcessDeps): Promise<AsyncDisposable> {
  const { dataPlaneHost, dataPlanePort, ...config } = await storageConfigOf(deps.settings);
  await using stack = new AsyncDisposableStack();
  const storage = stack.use(await startStorage({ ...deps, ...config }));
  const app = await buildDataPlaneServer(storage.dataPlane, deps.logger);
  stack.defer(() => app.close());
  const url = await app.listen({ host: dataPlaneHost, port: dataPlanePort });
  deps.logger.info({ url, address: storage.address }, 'storage serves');
  return stack.move();
}
