import { Type } from 'typebox';
import { heldReason } from '../held-back.ts';
import type { Operation } from '../operation.ts';
import { Limit, OrNull, Page, SmallId, Stage, Time } from '../shapes.ts';

/** `GET /api/v1/peers/{id}/held` */
export const listHeldChanges = {
  method: 'GET',
  url: '/api/v1/peers/:id/held',
  id: 'listHeldChanges',
  tag: 'Peers',
  summary: 'Changes of a peer that are held back, and why',
  description:
    'A change that is held back ends nothing. It is offered again when what it lacks may have come; one that can never be taken in stays here until the peer tells a newer record of the package. At most 1,000 are kept of a peer: older ones are read again later.',
  access: { action: 'peers:read', role: 'viewer' },
  params: Type.Object({ id: SmallId }),
  unknown: 'REGISTRATION_PEER_UNKNOWN',
  query: Type.Object(
    {
      after: Type.String({ default: '', pattern: '^[0-9]{0,18}$', description: '`next` of the last page; empty for the first' }),
      limit: Limit,
    },
    { additionalProperties: false },
  ),
  answers: {
    200: Page(
      Type.Object(
        {
          id: Type.String({ description: 'Of this entry' }),
          packageUuid: Type.String({ description: '32 hex digits' }),
          filename: Type.String({ description: 'As the peer told it' }),
          act: OrNull(Type.String(), 'What was done, as `promote`; null where a whole record was refused'),
          stages: Type.Array(Stage, { description: 'Whose heads it sets, ascending' }),
          ...heldReason,
          since: Time,
        },
        { title: 'HeldChange' },
      ),
    ),
  },
} as const satisfies Operation;
