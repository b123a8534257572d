import { noFault } from '@odst/kernel';
import { databasePasswordOf } from '@odst/postgres';
import {
  hostAndPort,
  readPeerCa,
  requireSetting,
  runServer,
  type ServerContext,
  startHealthServer,
  useListenerTls,
} from '@odst/service-host';
import { createMetrics } from '@odst/telemetry';
import type { ServiceDefinition } from './define-service.ts';
import { readServiceSettings, serviceAddressOf } from './service-settings.ts';
import { startServices } from './start-services.ts';

/** Who needs the settings that have no default. */
const lonely = 'a service that runs by itself';

/** The whole of a service's `main.js`: the service as a process of its own, until a signal ends it. */
export function runService(definition: ServiceDefinition): Promise<never> {
  return runServer({
    name: definition.name,
    readSettings: (environment) => readServiceSettings([definition], environment),
    start: (context) => startServiceProcess(definition, context),
  });
}

/**
 * Starts the health listener and the service, and keeps `/readyz` at the state of what the service depends on.
 * @param context with settings that `readServiceSettings` read
 */
export async function startServiceProcess(definition: ServiceDefinition, context: ServerContext): Promise<void> {
  const { settings, logger, host } = context;
  const internalToken = requireSetting(settings, 'ODST_INTERNAL_TOKEN', lonely);
  const readiness = () => host.readiness.snapshot();
  const metrics = createMetrics({ logger });
  const clock = { now: () => new Date() };
  await host.use('health', () =>
    startHealthServer({ host: settings.ODST_HOST, port: settings.ODST_HEALTH_PORT, readiness, metrics }),
  );
  const peerCa = readPeerCa(settings);
  const tls = definition.listens ? await useListenerTls(context, { metrics, clock }) : undefined;
  await startServices({
    context,
    definitions: [definition],
    isShared: false,
    databaseUrl: requireSetting(settings, 'DATABASE_URL', lonely),
    passwordOf: (service) => databasePasswordOf(internalToken, service),
    internalToken,
    listenAt: () => hostAndPort(settings.ODST_HOST, settings.ODST_GRPC_PORT),
    addressOf: (target) => serviceAddressOf(settings, target),
    metrics,
    clock,
    faultPoint: noFault,
    tls,
    peerCa,
  });
}
