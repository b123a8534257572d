import { Type } from 'typebox';
import type { Operation } from '../operation.ts';
import { GivenTime, Limit, OrNull, Page, Time } from '../shapes.ts';

const tag = 'Access';

const AuditEntry = Type.Object(
  {
    kind: Type.Enum(['act', 'refusal'], { description: 'What was done, or what was not let through' }),
    at: Time,
    lastAt: OrNull(Time, 'Of a refusal that was repeated within a minute: when it was last'),
    count: Type.Integer({ minimum: 1, description: 'How often within that minute; 1 for an act' }),
    actor: OrNull(
      Type.String(),
      '`account:<name>`, `token:<owner>/<name>`, or `machine` for who owns that of the server; null where no account is known',
    ),
    remoteAddress: OrNull(
      Type.String(),
      'Address of the client; null on the machine itself, and where there were too many to tell apart',
    ),
    what: Type.String({ description: 'Name of the event, or the action that was refused; `login` for a login' }),
    subject: OrNull(Type.String(), 'Of an act: what it was done to, as in the event'),
    eventId: OrNull(Type.String(), 'Of an act: its event'),
    code: OrNull(Type.String(), 'Of a refusal: its code'),
    method: OrNull(Type.String(), 'Of a refusal'),
    path: OrNull(Type.String(), 'Of a refusal'),
  },
  { title: 'AuditEntry' },
);

/** `GET /api/v1/audit` */
export const readAudit = {
  method: 'GET',
  url: '/api/v1/audit',
  id: 'readAudit',
  tag,
  summary: 'Who did what, from where; refusals included',
  description:
    'The newest first: acts in the order of the event feed, where the times of different services may differ by moments, and refusals among them by time. Acts are the events that an account or a token caused, or who owns the server’s machine: a password that is set anew there. Refusals are counted: one entry for what the same client was refused with the same code within a minute, 100 entries a minute, beyond which clients are not told apart; the 10,000 newest of 90 days are kept. Names of no account are not kept, as people type passwords there. A page looks at 10,000 events at most, so it may be empty though `next` is not null.',
  access: { action: 'audit:read', role: 'admin' },
  query: Type.Object(
    {
      after: Type.Optional(Type.String({ pattern: '^\\d{1,18}\\.\\d{1,18}$', description: '`next` of the page before' })),
      limit: Limit,
      actor: Type.Optional(Type.String({ maxLength: 200, pattern: '^[^\\u0000-\\u001f]*$', examples: ['account:admin'] })),
      q: Type.Optional(
        Type.String({
          maxLength: 200,
          pattern: '^[^\\u0000-\\u001f]*$',
          description: 'Text that stands in the event or the refusal',
        }),
      ),
      type: Type.Optional(
        Type.String({
          pattern: '^[A-Za-z:-]{1,100}$',
          description: 'What was done or refused: `what` of the entries',
          examples: ['PackagePromoted', 'login'],
        }),
      ),
      outcome: Type.Optional(Type.Enum(['done', 'refused'], { description: 'Acts alone, or refusals alone' })),
      since: Type.Optional(Type.String({ ...GivenTime, description: 'Not before: RFC 3339' })),
      until: Type.Optional(Type.String({ ...GivenTime, description: 'Before: RFC 3339' })),
    },
    { additionalProperties: false },
  ),
  answers: { 200: Page(AuditEntry) },
} as const satisfies Operation;
