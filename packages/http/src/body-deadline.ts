import { backgroundTimers, type Timers } from '@odst/async';
import { OdstError } from '@odst/kernel';
import type { FastifyInstance } from 'fastify';

/**
 * Refuses requests whose body does not come: one of at most 1 MiB has five minutes, where a route has it read before it runs. Routes
 * that read their body themselves have limits of their own.
 * @param limitMs milliseconds. Default 5 min
 */
export function refuseLateBodies(app: FastifyInstance, limitMs = 300_000, timers: Timers = backgroundTimers): void {
  app.addHook('preParsing', (request, _reply, _payload, done) => {
    const { raw } = request;
    done();
    if (raw.complete || request.routeOptions.config.operation?.consumes !== undefined) return;
    const deadline = timers.after(limitMs, () => {
      const late = new OdstError('COMMON_REQUEST_MALFORMED', `the body of the request did not come within ${limitMs / 1_000} s`);
      // Whoever reads the body hears of it there, and answers.
      if (raw.listenerCount('error') > 0) raw.emit('error', late);
    });
    const end = (): void => deadline[Symbol.dispose]();
    raw.once('end', end).once('close', end);
  });
}
