import { defineService } from '@odst/backbone';
import { secretsMigrations } from '@odst/secrets';
import { isLocalOnly, keys, requireSetting } from '@odst/service-host';
import { startGateway } from './service.ts';

/**
 * The gateway: all routes, but in a process of its own the byte routes, which a reverse proxy sends to storage. It publishes nothing, so
 * it starts last; who asks whether it is ready asks for the whole server.
 */
export const gatewayDefinition = defineService({
  name: 'gateway',
  tables: [secretsMigrations],
  migrations: new URL('../migrations', import.meta.url),
  needs: ['registration', 'catalog', 'storage', 'sync'],
  isReadyWithNeeds: true,
  listens: true,
  settings: {
    SECRET_KEY: keys({
      doc: 'Signs sessions; 32 bytes in base64, several with commas while they are changed, the newest first',
      default: undefined,
      defaultText: 'made once, in the data directory',
      example: '$(openssl rand -base64 32)',
    }),
  },
  async start({ process, ...runtime }, settings) {
    const gateway = await startGateway({
      ...runtime,
      databaseKeys: requireSetting(settings, 'DATABASE_KEY', 'gateway'),
      host: settings.ODST_HOST,
      port: settings.ODST_PORT,
      // Before one of its own a proxy stands, and its health port gives the metrics.
      localOnly: process.isShared && isLocalOnly(settings),
      trustedProxies: settings.ODST_TRUSTED_PROXIES,
      readiness: process.readiness,
      routes: process.routes,
      tls: process.tls,
    });
    if (!process.isShared) runtime.logger.info({ url: gateway.url }, 'gateway serves');
    return gateway;
  },
});
