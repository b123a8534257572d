import { randomUUID } from 'node:crypto';
import { installProblemDetails } from '@odst/http';
import type { Logger } from '@odst/telemetry';
import fastify, { type FastifyBaseLogger, type FastifyInstance, type FastifyPluginAsync } from 'fastify';

/** Builds the application that serves the data plane alone, where it has a listener of its own. */
export async function buildDataPlaneServer(dataPlane: FastifyPluginAsync, logger: Logger): Promise<FastifyInstance> {
  const app = fastify({
    loggerInstance: logger as FastifyBaseLogger,
    genReqId: () => randomUUID(),
    // Uploads of 15 GB over slow lines take hours; the data plane has limits of its own.
    requestTimeout: 0,
    forceCloseConnections: true,
  });
  installProblemDetails(app);
  app.addHook('onSend', async (_request, reply) => {
    reply.header('x-content-type-options', 'nosniff');
  });
  await app.register(dataPlane);
  return app;
}
