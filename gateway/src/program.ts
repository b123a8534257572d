import type { ServiceProgram } from '@odst/backbone';
import { gatewayMigrations } from './migrations.ts';
import { startGateway } from './service.ts';

/** The gateway as a process of its own: all routes but the byte routes, which a reverse proxy sends to storage. */
export const gatewayProgram: ServiceProgram = {
  service: 'gateway',
  migrations: [gatewayMigrations],
  publishes: false,
  needs: ['registration', 'catalog', 'storage', 'sync'],
  async start({ settings, context, ...deps }) {
    const gateway = await startGateway({
      ...deps,
      host: settings.ODST_HOST,
      port: settings.ODST_PORT,
      // A proxy stands in front, and its health port gives the metrics.
      localOnly: false,
      trustedProxies: settings.ODST_TRUSTED_PROXIES,
      readiness: () => context.host.readiness.snapshot(),
    });
    deps.logger.info({ url: gateway.url }, 'gateway serves');
    return gateway;
  },
};
