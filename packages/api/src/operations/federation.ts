import { Type } from 'typebox';
import type { Operation } from '../operation.ts';
import { Iss, Nothing, Stage, Time } from '../shapes.ts';

const tag = 'Federation';

const SignedProfile = Type.Object(
  {
    iss: Iss,
    publicKey: Type.String({ description: 'Ed25519, 32 bytes in base64; `iss` is the beginning of its SHA-256' }),
    name: Type.String(),
    url: Type.String(),
    stage: Stage,
    firewalledMode: Type.Boolean(),
    stamp: Type.String({ description: 'When it was signed, milliseconds since 1970 as digits; the newest counts' }),
    signature: Type.String({ description: 'Ed25519 in base64, over the fields above in their canonical form' }),
  },
  { title: 'SignedProfile' },
);

const Handshake = Type.Object(
  {
    profile: SignedProfile,
    sentAt: Time,
    proof: Type.String({ description: 'Token by the private key over the other fields' }),
  },
  { title: 'Handshake' },
);

/** `POST /api/ods/v1/peers` */
export const acceptPeer = {
  method: 'POST',
  url: '/api/ods/v1/peers',
  id: 'acceptPeer',
  tag,
  summary: 'The other half of a registration',
  description: 'Signed with the invitation key of the server that is called.',
  access: 'peer',
  rawBody: true,
  body: Handshake,
  answers: {
    201: {
      description: 'This server’s half',
      content: { 'application/json': { schema: Type.Unsafe<unknown>(Handshake) } },
    },
  },
  answerHeaders: { 'odst-signature': 'Token over the body' },
  errors: [
    'REGISTRATION_PEER_SELF',
    'REGISTRATION_PEER_FIREWALLED',
    'REGISTRATION_URL_UNSET',
    'REGISTRATION_PEER_INVALID',
    'REGISTRATION_PEER_URL_INSECURE',
    'COMMON_COMMAND_CONFLICT',
  ],
} as const satisfies Operation;

/** `DELETE /api/ods/v1/peers/me` */
export const leavePeer = {
  method: 'DELETE',
  url: '/api/ods/v1/peers/me',
  id: 'leavePeer',
  tag,
  summary: 'End the trust, from the peer’s side',
  access: 'peer',
  answers: { 204: Nothing('Done') },
  errors: ['COMMON_COMMAND_CONFLICT', 'REGISTRATION_PEER_UNKNOWN'],
} as const satisfies Operation;

/** `PUT /api/ods/v1/peers/me` */
export const acceptProfile = {
  method: 'PUT',
  url: '/api/ods/v1/peers/me',
  id: 'acceptProfile',
  tag,
  summary: 'Tell the peer’s present profile',
  access: 'peer',
  rawBody: true,
  body: SignedProfile,
  answers: { 204: Nothing('Done') },
  errors: [
    'REGISTRATION_PEER_INVALID',
    'REGISTRATION_PEER_URL_INSECURE',
    'REGISTRATION_INTRODUCTION_REFUSED',
    'COMMON_COMMAND_CONFLICT',
  ],
} as const satisfies Operation;

const Content = Type.Object(
  {
    sha256: Type.String(),
    sha1: Type.String(),
    sizeBytes: Type.String({ description: 'Bytes, as digits' }),
    manifestDigest: Type.String({ description: 'SHA-256 of the manifest' }),
  },
  { title: 'Content' },
);

const HeadSetting = Type.Object(
  {
    stage: Type.String(),
    content: Type.Optional(Type.Union([Content, Type.Null()], { description: 'Absent or null: nothing' })),
    byTheWay: Type.Boolean({ description: 'Whether the head was emptied only because a higher one got the content' }),
    seen: Type.String({
      description:
        'Base64: which changes of this head the change had seen, itself not included. A bit for each of the body’s `writers`, the first in the highest bit of the first byte, then 8 bytes big-endian for each bit that is 1: the stamp of that writer’s last change. Empty for none',
    }),
  },
  { title: 'HeadSetting', description: 'What a change makes of one head' },
);

const PackageRecord = Type.Object(
  {
    uuid: Type.String({ description: 'UUIDv5 of the file name, 32 hex digits' }),
    filename: Type.String(),
    bodies: Type.Array(
      Type.Object({
        act: Type.String({ description: 'As `promote`' }),
        sets: Type.Array(HeadSetting, { description: 'Ascending by stage' }),
        reason: Type.String({ description: 'In the admin’s words; may be empty' }),
        from: Type.String({ description: 'Stage that had the content, of a promotion or demotion; else empty' }),
        writers: Type.String({
          description:
            'Base64 of 24 bytes for each writer that the vectors of `sets` name, ascending: `iss` of a server (16 bytes), epoch of its start (8 bytes)',
        }),
      }),
      { description: 'What the changes say; equal ones share a body' },
    ),
    changes: Type.Array(
      Type.Object({
        body: Type.Integer({ description: 'Which of the bodies it says' }),
        iss: Type.String({ description: 'Server where it was done, which signed it' }),
        epoch: Type.String({ description: 'Start of that server in which it was done' }),
        stamp: Type.String({ description: 'Hybrid clock, as digits' }),
        actor: Type.String(),
        datedAt: Type.Optional(Type.Union([Time, Type.Null()])),
        signature: Type.String({ description: 'Ed25519 in base64, over the change in its canonical form' }),
      }),
      { description: 'Those that still stand, in the order of stamp' },
    ),
  },
  { title: 'PackageRecord' },
);

const SignedRetirement = Type.Object(
  {
    iss: Iss,
    byIss: Iss,
    publicKey: Type.String({ description: 'Ed25519, 32 bytes in base64; `byIss` is the beginning of its SHA-256' }),
    actor: Type.String({ description: 'Who said so, as `account:admin`' }),
    reason: Type.String({ description: 'In the admin’s words; may be empty' }),
    stamp: Type.String({
      description:
        'When it was signed, milliseconds since 1970 as digits; the newest counts, while the profile of `iss` is older',
    }),
    signature: Type.String({ description: 'Ed25519 in base64, over the fields above in their canonical form' }),
  },
  { title: 'SignedRetirement', description: 'That the server `iss` is gone for good, as an admin of `byIss` said' },
);

const Holdings = Type.Object(
  {
    iss: Iss,
    shard: Type.Integer({ minimum: 0, maximum: 255, description: 'First byte of the SHA-256 of the contents' }),
    stamp: Type.String({
      description: 'When it was signed, milliseconds since 1970 as digits; the newest of a server and shard counts',
    }),
    entries: Type.String({
      description:
        'Base64 of 37 bytes for each content, ascending, 1,024 at most: the other 31 bytes of its SHA-256, then since when it is held, in milliseconds since 1970, big-endian',
    }),
    signature: Type.String({ description: 'Ed25519 in base64, over the fields above in their canonical form' }),
  },
  { title: 'HoldingsStatement' },
);

const Writer = Type.Object(
  {
    iss: Iss,
    epoch: Type.String({ description: 'Start of the server in which it writes, 16 hex digits' }),
    lastStamp: Type.String({ description: 'Greatest stamp of a change that it made in this start, as digits' }),
    floor: Type.String({ description: 'No change of another start of it has a later stamp than this, as digits' }),
    stamp: Type.String({ description: 'When it was signed, milliseconds since 1970 as digits; the newest counts' }),
    signature: Type.String({ description: 'Ed25519 in base64, over the fields above in their canonical form' }),
  },
  { title: 'WriterStatement' },
);

const Heartbeat = Type.Object(
  {
    iss: Iss,
    stamp: Type.String({ description: 'When it was signed, milliseconds since 1970 as digits; the newest counts' }),
    signature: Type.String({ description: 'Ed25519 in base64, over the fields above in their canonical form' }),
    ageMs: Type.String({ description: 'How long ago whoever tells it heard of the server, in milliseconds; not signed' }),
  },
  { title: 'Heartbeat' },
);

/** `GET /api/ods/v1/changes` */
export const readChanges = {
  method: 'GET',
  url: '/api/ods/v1/changes',
  id: 'readChanges',
  tag,
  summary: 'What changed behind a cursor; waits for it when asked to',
  description:
    'A page has 1 MiB of records and profiles at most, or one of them. A package is there once, with its record as it is now; one whose changes may not leave yet comes later.',
  access: 'peer',
  quiet: true,
  query: Type.Object({
    after: Type.String({ default: '', description: '`next` of the last answer; empty from the beginning' }),
    wait: Type.Integer({ minimum: 0, maximum: 30, default: 0, description: 'Seconds to wait for a change' }),
    limit: Type.Integer({ minimum: 1, maximum: 1_000, default: 500, description: 'Most records and profiles together' }),
    epoch: Type.String({
      default: '',
      pattern: '^([0-9a-f]{16})?$',
      description: 'In which epoch the caller runs, for two servers with one identity to be noticed',
    }),
  }),
  answers: {
    200: Type.Object(
      {
        feed: Type.String({ description: 'Identity of the feed' }),
        epoch: Type.String({ description: 'In which epoch this server runs: each start makes one' }),
        restored: Type.Boolean({ description: 'Whether this server was restored since, and the page begins before the cursor' }),
        profiles: Type.Unsafe<readonly unknown[]>(
          Type.Array(SignedProfile, { description: 'Of servers that are known here; to be known before the items are judged' }),
        ),
        retirements: Type.Unsafe<readonly unknown[]>(
          Type.Array(SignedRetirement, { description: 'Servers that are gone for good; their profiles are there too' }),
        ),
        holdings: Type.Unsafe<readonly unknown[]>(
          Type.Array(Holdings, {
            description: 'What servers say they hold, each newest that changed; their profiles are there too',
          }),
        ),
        writers: Type.Unsafe<readonly unknown[]>(
          Type.Array(Writer, {
            description:
              'How far servers have written, each newest that changed, and those that the items need; their profiles are there too',
          }),
        ),
        heartbeats: Type.Unsafe<readonly unknown[]>(
          Type.Array(Heartbeat, { description: 'Of servers that were heard of since; they alone end no wait before 15 s' }),
        ),
        items: Type.Unsafe<readonly unknown[]>(Type.Array(PackageRecord)),
        next: Type.String(),
        more: Type.Boolean({ description: 'Whether there is more right now' }),
        left: Type.Integer({ minimum: 0, description: 'Entries of the feed behind this page; 0 at its end' }),
      },
      { title: 'Changes' },
    ),
  },
  errors: ['SYNC_FEED_POSITION_UNKNOWN', 'SYNC_ISS_DUPLICATE'],
} as const satisfies Operation;

/** `POST /api/ods/v1/hint` */
export const acceptHint = {
  method: 'POST',
  url: '/api/ods/v1/hint',
  id: 'acceptHint',
  tag,
  summary: 'Say that there is something new in the caller’s feed',
  access: 'peer',
  quiet: true,
  answers: { 204: Nothing('Done') },
} as const satisfies Operation;

/** `POST /api/ods/v1/digests` */
export const compareDigests = {
  method: 'POST',
  url: '/api/ods/v1/digests',
  id: 'compareDigests',
  tag,
  summary: 'Compare what both servers have',
  description:
    'One question a request, each answered by its own fields: `ranges` by `differing` and `packages`; `list` by `entries` and `next`; `uuids` by `items`, `profiles` and `taken`; `compare` by nothing. Nothing is changed here.',
  access: 'peer',
  quiet: true,
  rawBody: true,
  body: Type.Object(
    {
      ranges: Type.Optional(
        Type.String({
          maxLength: 10_924,
          description:
            'Base64 of 256 digests of 32 bytes, one for each first byte of a uuid: SHA-256 over 48 bytes for each package, ascending, its uuid and the digest of its record',
        }),
      ),
      list: Type.Optional(
        Type.Array(Type.Integer({ minimum: 0, maximum: 255 }), {
          maxItems: 256,
          description: 'Ranges whose packages are asked for',
        }),
      ),
      after: Type.Optional(Type.String({ pattern: '^([0-9a-f]{32})?$', description: 'With `list`: `next` of the last answer' })),
      uuids: Type.Optional(
        Type.Array(Type.String({ pattern: '^[0-9a-f]{32}$' }), {
          maxItems: 100,
          description: 'Packages whose records are asked for',
        }),
      ),
      compare: Type.Optional(
        Type.Boolean({
          description: 'True: the server that is called lacks something that the caller has, and is to compare by itself',
        }),
      ),
    },
    { title: 'DigestsQuestion' },
  ),
  answers: {
    200: Type.Object(
      {
        differing: Type.Optional(Type.Array(Type.Integer(), { description: 'Ranges with another digest, ascending' })),
        packages: Type.Optional(Type.Integer({ description: 'How many there are, in all ranges' })),
        entries: Type.Optional(
          Type.String({
            description: 'Base64 of 48 bytes for each package, ascending, 1,000 at most: its uuid and the digest of its record',
          }),
        ),
        next: Type.Optional(Type.String({ description: 'Cursor; empty on the last page' })),
        items: Type.Optional(
          Type.Unsafe<readonly unknown[]>(
            Type.Array(PackageRecord, { description: 'In the order asked for, without those that there are none of' }),
          ),
        ),
        profiles: Type.Optional(
          Type.Unsafe<readonly unknown[]>(Type.Array(SignedProfile, { description: 'Of known servers that the items name' })),
        ),
        taken: Type.Optional(
          Type.Integer({
            description: 'How many of `uuids` were looked at, the first ones; the others are to be asked for again',
          }),
        ),
      },
      { title: 'DigestsAnswer' },
    ),
  },
} as const satisfies Operation;
