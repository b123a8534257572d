import { OdstError } from '@odst/kernel';
import type { FastifyInstance } from 'fastify';
import type { RouteDeps } from '../../route-deps.ts';
import { wholeNumber } from './query.ts';

type Query = { after?: string; limit?: string; types?: string };

const defaultLimit = 100;
const maxLimit = 1_000;

/** `GET /api/v1/events?after=<feedsequence>&limit=&types=`: what happened, oldest first. */
export function eventsRoutes(app: FastifyInstance, { authorizer, feed }: RouteDeps): void {
  app.get<{ Querystring: Query }>('/api/v1/events', async (request) => {
    await authorizer.authorize(request, 'events:read');
    const { after = '0', limit, types = '' } = request.query;
    if (!/^\d{1,20}$/.test(after))
      throw new OdstError('COMMON_REQUEST_INVALID', 'after is a feedsequence, up to 20 digits', { pointer: '/after' });
    const names = types.split(',').filter((name) => name !== '');
    return feed.read(BigInt(after), wholeNumber('limit', limit, { min: 1, max: maxLimit, fallback: defaultLimit }), names);
  });
}
