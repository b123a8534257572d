import type { ProcessDeps, ServiceProgram } from '@odst/backbone';
import { buildHttpApp } from '@odst/http';
import { secretsMigrations } from '@odst/secrets';
import { explainListenError } from '@odst/service-host';
import { storageConfigOf } from './config.ts';
import { storageMigrations } from './migrations.ts';
import { startStorage } from './service.ts';

/** Storage as a process of its own: gRPC on one port, the data plane on another. */
export const storageProgram: ServiceProgram = {
  service: 'storage',
  migrations: [secretsMigrations, storageMigrations],
  start: startWithListener,
};

async function startWithListener({ settings, context, ...deps }: ProcessDeps): Promise<AsyncDisposable> {
  await using stack = new AsyncDisposableStack();
  const storage = stack.use(await startStorage({ ...deps, ...storageConfigOf(settings) }));
  const app = buildHttpApp({
    logger: deps.logger,
    metrics: deps.metrics,
    readiness: () => context.host.readiness.snapshot(),
    trustedProxies: settings.ODST_TRUSTED_PROXIES,
  });
  stack.defer(() => app.close());
  await app.register(storage.dataPlane);
  const at = { host: settings.ODST_HOST, port: settings.ODST_DATA_PLANE_PORT };
  const url = await app.listen(at).catch((error: unknown) => {
    throw explainListenError(error, { ...at, portSetting: 'ODST_DATA_PLANE_PORT' });
  });
  deps.logger.info({ url }, 'data plane serves');
  return stack.move();
}
