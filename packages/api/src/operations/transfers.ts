import { Type } from 'typebox';
import type { Operation } from '../operation.ts';
import { Count, Iss, Limit, OrNull, Page, Sha256, SmallId, Time } from '../shapes.ts';

const tag = 'Transfers';

const transferState = Type.Enum(['running', 'waiting', 'retrying', 'paused']);

const Transfer = Type.Object(
  {
    id: Type.String({ pattern: '^[0-9a-f]{64}$', description: 'The SHA-256 of the content' }),
    package: OrNull(
      Type.Object({ id: SmallId, filename: Type.String() }),
      'A package that names the content; null where that is not known',
    ),
    sha256: Sha256,
    sizeBytes: Count('Bytes of the content'),
    verifiedBytes: OrNull(
      Count('Bytes of it that are here, verified'),
      'Null where that is not known, since it was not tried after the server started',
    ),
    rateBytesPerSecond: Count('Bytes that come in a second, over the last ten; 0 where it does not run'),
    etaSeconds: OrNull(Count('Seconds to its end at this rate'), 'Null where nothing comes'),
    direction: Type.Enum(['in'], { description: 'in: to this server' }),
    sources: Type.Array(Type.Object({ iss: Iss, name: OrNull(Type.String(), 'Null for a server that is not known any more') }), {
      description:
        'The peer that serves it; of one that does not run those that may, the one that is asked first before the others',
    }),
    state: transferState,
    reason: OrNull(Type.String(), 'Why it does not run, in words; null for one that does'),
    tries: Count('Tries since the server started, or since the content was here last'),
    nextTryAt: OrNull(Time, 'When it is tried again; null for another than a retrying one'),
    startedAt: OrNull(Time, 'When the try under way began'),
    first: Type.Boolean({ description: 'Whether it comes before all others of its peers' }),
    strip: Type.Array(Type.Integer({ minimum: 0, maximum: 100 }), {
      maxItems: 64,
      description:
        'Which parts of one that runs are here: the content in equal parts, in file order, and of each the share that is verified, in percent. Empty for one that does not run',
    }),
  },
  { title: 'Transfer' },
);

/** `GET /api/v1/transfers` */
export const listTransfers = {
  method: 'GET',
  url: '/api/v1/transfers',
  id: 'listTransfers',
  tag,
  summary: 'What this server fetches from others: what runs, then what waits, in the order in which it begins',
  description: 'What other servers fetch from this one stands in their lists.',
  access: { action: 'transfers:read', role: 'viewer' },
  query: Type.Object(
    {
      state: Type.Optional(transferState),
      peer: Type.Optional(Iss),
      q: Type.Optional(
        Type.String({ maxLength: 255, description: 'Stands in the filename, whatever its case, or begins the SHA-256' }),
      ),
      packages: Type.Optional(
        Type.String({
          pattern: '^[1-9]\\d{0,8}(,[1-9]\\d{0,8}){0,99}$',
          description: 'Ids of packages, with commas between: only contents that one of these names',
          examples: ['7,12'],
        }),
      ),
      limit: Limit,
      after: Type.Optional(Type.String({ description: '`next` of the page before', examples: ['waiting.12'] })),
    },
    { additionalProperties: false },
  ),
  answers: { 200: Page(Transfer) },
} as const satisfies Operation;

/** `PATCH /api/v1/transfers/{id}` */
export const changeTransfer = {
  method: 'PATCH',
  url: '/api/v1/transfers/:id',
  id: 'changeTransfer',
  tag,
  summary: 'Pause a transfer or resume it; put it first, or back',
  description:
    'What is left out stays. What is verified of a content stays when it is paused. One that is put first begins at once, and another one of the same peer goes on behind it; of several the last one comes first. It lasts until the content is here, over restarts.',
  access: { action: 'transfers:change', role: 'promoter' },
  params: Type.Object({ id: Sha256 }),
  unknown: 'SYNC_TRANSFER_UNKNOWN',
  body: Type.Object(
    {
      paused: Type.Optional(Type.Boolean()),
      first: Type.Optional(Type.Boolean()),
      reason: Type.Optional(Type.String({ maxLength: 200, description: 'Why it is paused; kept and shown' })),
    },
    {
      ...{ title: 'TransferChange', minProperties: 1, additionalProperties: false, examples: [{ first: true }] },
      // A reason alone changes nothing.
      anyOf: [{ required: ['paused'] }, { required: ['first'] }],
    },
  ),
  answers: { 200: Transfer },
  errors: ['COMMON_COMMAND_CONFLICT'],
} as const satisfies Operation;
