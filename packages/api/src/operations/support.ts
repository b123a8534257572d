import { type TSchema, Type } from 'typebox';
import type { Operation } from '../operation.ts';
import { Time } from '../shapes.ts';

const asAnswered = (request: string): TSchema =>
  Type.Object(
    {},
    {
      additionalProperties: true,
      description: `What \`GET ${request}\` answers; \`{refused}\` with its problem where the server could not tell it`,
    },
  );

/** What a support bundle has, and the request that is answered with it. */
export const supportParts = {
  health: '/readyz',
  system: '/api/v1/system',
  history: '/api/v1/system/history?hours=24',
  settings: '/api/v1/settings',
  servers: '/api/v1/servers?limit=1000',
  peers: '/api/v1/peers?limit=1000',
  transfers: '/api/v1/transfers?limit=1000',
  conflicts: '/api/v1/conflicts?limit=1000',
  deadLetters: '/api/v1/dead-letters?limit=1000',
  readModels: '/api/v1/projections',
  coverage: '/api/v1/coverage?sort=worst&limit=100',
  activity: '/api/v1/activity?limit=500',
} as const;

/** `GET /api/v1/system/support-bundle` */
export const readSupportBundle = {
  method: 'GET',
  url: '/api/v1/system/support-bundle',
  id: 'readSupportBundle',
  tag: 'Server',
  summary: 'What somebody who helps asks for, in one document',
  description:
    'Version, resources, settings, servers, transfers, conflicts, messages set aside, read models, the worst coverage and the latest events, each as its own operation answers it. There are names and addresses in it, and no key, password, token or session: none of these operations answers one. What cannot be told now is there with the reason.',
  access: { action: 'support:read', role: 'admin' },
  answerHeaders: { 'content-disposition': 'With a file name that has the date', 'cache-control': '`no-store`' },
  answers: {
    200: Type.Object(
      {
        gatheredAt: Time,
        health: Type.Object(
          {
            isReady: Type.Boolean(),
            lines: Type.Array(Type.String(), { description: 'A part of the server each, as `GET /readyz` tells it' }),
          },
          { title: 'SupportHealth' },
        ),
        system: asAnswered(supportParts.system),
        history: asAnswered(supportParts.history),
        settings: asAnswered(supportParts.settings),
        servers: asAnswered(supportParts.servers),
        peers: asAnswered(supportParts.peers),
        transfers: asAnswered(supportParts.transfers),
        conflicts: asAnswered(supportParts.conflicts),
        deadLetters: asAnswered(supportParts.deadLetters),
        readModels: asAnswered(supportParts.readModels),
        coverage: asAnswered(supportParts.coverage),
        activity: asAnswered(supportParts.activity),
      },
      { title: 'SupportBundle' },
    ),
  },
} as const satisfies Operation;
