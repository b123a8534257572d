import { Type } from 'typebox';
import type { Operation } from '../operation.ts';
import { Count, etag, Flag, Iss, ifMatch, Limit, OrNull, Page, Stage, Time, Version } from '../shapes.ts';

const Deletions = Type.Enum(['follow', 'ask'], {
  description:
    '`follow`: what is deleted everywhere goes here too; `ask`: what was deleted at another server stays served until an admin confirms',
});
const TrashDays = Type.Integer({ minimum: 0, maximum: 3_650, description: 'Days that contents stay in the trash' });

const Settings = Type.Object(
  {
    iss: Iss,
    name: Type.String(),
    url: Type.String({ description: 'How peers and clients reach this server; empty while nobody set it' }),
    stage: Stage,
    firewalledMode: Type.Boolean({ description: 'Whether peers cannot connect to this server' }),
    deletions: Deletions,
    trashDays: TrashDays,
    version: Version,
    warnings: Type.Array(Type.String(), {
      description: 'What an admin should know of `url`: that this server does not reach itself there, or another one answers',
    }),
  },
  { title: 'Settings' },
);

/** `GET /api/v1/settings` */
export const readSettings = {
  method: 'GET',
  url: '/api/v1/settings',
  id: 'readSettings',
  tag: 'Server',
  summary: 'Settings of this server, and whether it reaches itself at its URL',
  description: 'The URL is tried for this answer, for 3 s at most.',
  access: { action: 'about:read', role: 'viewer' },
  answers: { 200: Settings },
  answerHeaders: etag,
} as const satisfies Operation;

/** `PATCH /api/v1/settings` */
export const changeSettings = {
  method: 'PATCH',
  url: '/api/v1/settings',
  id: 'changeSettings',
  tag: 'Server',
  summary: 'Change settings of this server',
  description:
    'What is left out stays. A URL that other servers would refuse is refused; one at which this server does not reach itself is kept, and `warnings` says so.',
  access: { action: 'about:update', role: 'admin' },
  headers: ifMatch,
  body: Type.Object(
    {
      name: Type.Optional(Type.String({ minLength: 1, maxLength: 200, examples: ['Berlin'] })),
      url: Type.Optional(Type.String({ maxLength: 2_000, examples: ['https://ods.example.org'] })),
      stage: Type.Optional(Stage),
      firewalledMode: Type.Optional(Type.Boolean()),
      deletions: Type.Optional(Deletions),
      trashDays: Type.Optional(TrashDays),
    },
    { title: 'SettingsChange', minProperties: 1, additionalProperties: false, examples: [{ url: 'https://ods.example.org' }] },
  ),
  answers: { 200: Settings },
  answerHeaders: etag,
  errors: ['REGISTRATION_SETTING_INVALID', 'COMMON_COMMAND_CONFLICT', 'COMMON_PRECONDITION_FAILED'],
} as const satisfies Operation;

/** `GET /api/v1/identity` */
export const readIdentity = {
  method: 'GET',
  url: '/api/v1/identity',
  id: 'readIdentity',
  tag: 'Server',
  summary: 'What another server needs to register with this one',
  description: 'Give it as it is to `POST /api/v1/peers` of the other server.',
  access: { action: 'about:read-key', role: 'admin' },
  answers: {
    200: Type.Object(
      {
        iss: Iss,
        name: Type.String(),
        url: Type.String({ description: 'How peers and clients reach this server; empty while nobody set it' }),
        key: Type.String({ description: 'The Key, 32 bytes in base64. A secret: whoever has it may register' }),
      },
      { title: 'Identity' },
    ),
  },
  answerHeaders: { 'cache-control': '`no-store`' },
} as const satisfies Operation;

/** `POST /api/v1/identity` */
export const renewIdentity = {
  method: 'POST',
  url: '/api/v1/identity',
  id: 'renewIdentity',
  tag: 'Server',
  summary: 'Give this server another identity at its next start',
  description:
    'For a copy of a server: two with one identity exchange nothing with anybody. Packages, settings and accounts stay. ISS ID and Key become others, and peers are to be registered again; they are not told, as the server that was copied stays their peer.',
  access: { action: 'about:update', role: 'admin' },
  query: Type.Object({ dryRun: Flag('Only tell what would go') }, { additionalProperties: false }),
  answers: {
    200: Type.Object(
      {
        iss: Iss,
        peers: Type.Array(Type.String(), { description: 'Names of the peers that are to be registered again' }),
        atNextStart: Type.Boolean({ description: 'Whether the next start does it; false for a dry run' }),
      },
      { title: 'IdentityRenewal', description: 'What goes with the identity' },
    ),
  },
} as const satisfies Operation;

/** `POST /api/v1/settings/key/rotate` */
export const rotateKey = {
  method: 'POST',
  url: '/api/v1/settings/key/rotate',
  id: 'rotateKey',
  tag: 'Server',
  summary: 'Change the Key by which other servers register with this one',
  description: 'The Key before opens nothing from then on. Servers that are registered already go on as before.',
  access: { action: 'about:rotate-key', role: 'admin' },
  answers: {
    200: Type.Object(
      { key: Type.String({ description: 'The new Key. A secret: whoever has it may register' }) },
      { title: 'RotatedKey' },
    ),
  },
  answerHeaders: { 'cache-control': '`no-store`' },
  errors: ['COMMON_COMMAND_CONFLICT'],
} as const satisfies Operation;

/** `GET /api/v1/projections` */
export const listProjections = {
  method: 'GET',
  url: '/api/v1/projections',
  id: 'listProjections',
  tag: 'Read models',
  summary: 'The read models of all services',
  access: { action: 'projections:read', role: 'viewer' },
  answers: {
    200: Page(
      Type.Object(
        {
          name: Type.String(),
          service: Type.String(),
          version: Count('Version of its rules and tables'),
          position: Count('Of the last event in the rows'),
          lastPosition: Count('Of the last event that there is'),
          lag: Count('Events that the rows do not show yet'),
          state: Type.Enum(['live', 'failing', 'rebuilding', 'outdated']),
          failure: OrNull(Type.String(), 'Why it fails or is outdated'),
          rebuild: OrNull(
            Type.Object({
              state: Type.Enum(['running', 'done', 'failed', 'interrupted']),
              position: Count('Of the last event in the new rows'),
              startedAt: Time,
              updatedAt: Time,
              eventsPerSecond: OrNull(Type.Number({ minimum: 0 })),
              remainingSeconds: OrNull(Type.Number({ minimum: 0 })),
              error: OrNull(Type.String()),
            }),
            'The last rebuild',
          ),
        },
        { title: 'Projection' },
      ),
    ),
  },
} as const satisfies Operation;

/** `POST /api/v1/projections/{name}/rebuild` */
export const rebuildProjection = {
  method: 'POST',
  url: '/api/v1/projections/:name/rebuild',
  id: 'rebuildProjection',
  tag: 'Read models',
  summary: 'Build a read model anew from the first event, beside the live one',
  access: { action: 'projections:rebuild', role: 'admin' },
  params: Type.Object({ name: Type.String() }),
  unknown: 'COMMON_PROJECTION_UNKNOWN',
  answers: { 202: Type.Object({ name: Type.String(), service: Type.String() }) },
  errors: ['COMMON_PROJECTION_REBUILDING', 'COMMON_PROJECTION_HELD', 'COMMON_ROUTE_UNKNOWN'],
} as const satisfies Operation;

const LetterId = Type.String({
  pattern: '^[a-z]+-[1-9]\\d{0,14}$',
  description: 'The id of a dead letter, as catalog-7',
  examples: ['catalog-7'],
});

const letterFields = {
  id: LetterId,
  service: Type.String(),
  consumer: Type.String(),
  topic: Type.String(),
  key: Type.String({ description: 'The key that it parks' }),
  eventId: Type.String(),
  eventType: Type.String(),
  position: Count('Of the event, in its topic'),
  attempts: Count('How often it was tried'),
  failure: OrNull(Type.String(), 'Why it failed last; null before its first try'),
  parkedAt: Time,
  waiting: Count('Messages of the key behind it'),
  skipped: OrNull(Type.Object({ by: Type.String(), at: Time, reason: Type.String() })),
};

/** `GET /api/v1/dead-letters` */
export const listDeadLetters = {
  method: 'GET',
  url: '/api/v1/dead-letters',
  id: 'listDeadLetters',
  tag: 'Dead letters',
  summary: 'Each parked key, of all services, by its first message; or what was skipped',
  access: { action: 'dead-letters:read', role: 'admin' },
  query: Type.Object(
    {
      after: Type.Optional(LetterId),
      limit: Limit,
      state: Type.Enum(['parked', 'skipped'], { default: 'parked' }),
    },
    { additionalProperties: false },
  ),
  answers: { 200: Page(Type.Object(letterFields, { title: 'DeadLetter' })) },
} as const satisfies Operation;

const letter = {
  params: Type.Object({ id: LetterId }),
  unknown: 'COMMON_DEAD_LETTER_UNKNOWN',
} as const;

/** `GET /api/v1/dead-letters/{id}` */
export const readDeadLetter = {
  method: 'GET',
  url: '/api/v1/dead-letters/:id',
  id: 'readDeadLetter',
  tag: 'Dead letters',
  summary: 'One dead letter, parked or skipped, with the CloudEvent that it holds',
  access: { action: 'dead-letters:read', role: 'admin' },
  ...letter,
  answers: { 200: Type.Object({ ...letterFields, event: Type.Unknown() }, { title: 'DeadLetterWithEvent' }) },
} as const satisfies Operation;

const LetterOutcome = Type.Object(
  {
    id: LetterId,
    handled: Count('Messages of the key that were handled'),
    running: Type.Boolean({ description: 'Whether it goes on after the answer' }),
    failed: OrNull(
      Type.Object({ id: LetterId, attempts: Count('How often it was tried'), failure: Type.String() }),
      'The letter that holds the key up now',
    ),
    left: OrNull(Type.String(), 'Why what waits behind a skipped letter was left as it is'),
  },
  { title: 'DeadLetterOutcome' },
);

const settled = {
  ...letter,
  answers: { 200: LetterOutcome, 202: LetterOutcome },
  errors: ['COMMON_DEAD_LETTER_SETTLED', 'COMMON_DEAD_LETTER_UNHANDLED', 'COMMON_COMMAND_CONFLICT'],
} as const;

/** `POST /api/v1/dead-letters/{id}/retry` */
export const retryDeadLetter = {
  method: 'POST',
  url: '/api/v1/dead-letters/:id/retry',
  id: 'retryDeadLetter',
  tag: 'Dead letters',
  summary: 'Handle the messages of a key, in order, until one fails',
  access: { action: 'dead-letters:settle', role: 'admin' },
  ...settled,
} as const satisfies Operation;

/** `POST /api/v1/dead-letters/{id}/skip` */
export const skipDeadLetter = {
  method: 'POST',
  url: '/api/v1/dead-letters/:id/skip',
  id: 'skipDeadLetter',
  tag: 'Dead letters',
  summary: 'Do without a message, and handle those behind it',
  access: { action: 'dead-letters:settle', role: 'admin' },
  ...settled,
  body: Type.Object(
    {
      reason: Type.String({
        minLength: 1,
        maxLength: 1_000,
        pattern: '^[^\\u0000-\\u001f\\u007f-\\u009f]*$',
        description: 'Text without control characters',
      }),
    },
    { title: 'Skip', additionalProperties: false, examples: [{ reason: 'the package was removed by hand' }] },
  ),
} as const satisfies Operation;
