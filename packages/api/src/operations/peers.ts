import { Type } from 'typebox';
import { Comparison } from '../comparison.ts';
import { heldBackFields } from '../held-back.ts';
import type { Operation } from '../operation.ts';
import { registrationErrors } from '../registration-errors.ts';
import {
  After,
  Count,
  etag,
  Iss,
  ifMatch,
  Nothing,
  OrNull,
  Page,
  Search,
  SmallId,
  Stage,
  Time,
  Version,
  WideLimit,
} from '../shapes.ts';

const tag = 'Peers';

const peerId = { params: Type.Object({ id: SmallId }), unknown: 'REGISTRATION_PEER_UNKNOWN' } as const;

const stageCap = Type.Enum(['Dev', 'Test', 'Prod'], {
  description:
    'The highest stage that changes may set, of those that it signed itself and of those that it relays of servers that are no peers here; the others wait',
});
const introduces = Type.Boolean({
  description: 'Whether it introduces servers: whether what it passes on of other servers than itself is taken',
});

const Peer = Type.Object(
  {
    id: SmallId,
    iss: Iss,
    name: Type.String(),
    url: Type.String(),
    stage: Stage,
    firewalledMode: Type.Boolean(),
    registeredAt: Time,
    clockOffsetMs: Type.Integer({ description: 'Its clock less this server’s' }),
    stageCap,
    introduces,
    version: Version,
    warnings: Type.Array(Type.String(), { description: 'What an admin should look at' }),
    state: Type.Enum(['online', 'offline', 'unknown']),
    lastAnswerAt: OrNull(Time),
    inStep: Type.Boolean({
      description: 'Whether all is well: it answers, this server has read its feed to the end, and nothing of it is held back',
    }),
    behind: OrNull(
      Count('Entries of its feed that this server has still to read, as it said last'),
      'Null where it has not answered since this server started, and for a firewalled one, which is not read',
    ),
    readToEndAt: OrNull(Time, 'When this server had read its feed to the end last; null for never'),
    restoredAt: OrNull(Time, 'When it was last seen to have been restored from a backup'),
    lastError: OrNull(Type.String(), 'Null when all is well'),
    failedTries: Count('Tries in a row that failed; 0 when it answered last'),
    nextTryAt: OrNull(Time, 'Null while a request is under way'),
    ...heldBackFields,
    comparison: OrNull(Comparison, 'The last comparison of what both servers have; null before the first'),
    comparing: Type.Boolean({ description: 'Whether one is under way, or begins when its feed is read to the end' }),
    queuedTransfers: Count('Transfers from it that wait or run'),
    backlogBytes: Count('Bytes of those that are still to come'),
    rateBytesPerSecond: Count('Bytes that come from it in a second, over the last ten'),
    paused: Type.Boolean({
      description: 'Whether an admin paused it: nothing is fetched from it, and its changes are read all the same',
    }),
    pausedBy: OrNull(Type.String(), 'Who paused it; null where nobody did'),
    pauseReason: OrNull(Type.String(), 'Why; null where nobody said'),
  },
  { title: 'Peer' },
);

/** `GET /api/v1/peers` */
export const listPeers = {
  method: 'GET',
  url: '/api/v1/peers',
  id: 'listPeers',
  tag,
  summary: 'Peers, and how it goes with each, ordered by id',
  access: { action: 'peers:read', role: 'viewer' },
  query: Type.Object(
    {
      q: Search('name, URL or ISS ID'),
      state: Type.Optional(Type.Enum(['online', 'offline', 'unknown'])),
      limit: WideLimit,
      after: After,
    },
    { additionalProperties: false },
  ),
  answers: { 200: Page(Peer) },
} as const satisfies Operation;

/** `POST /api/v1/peers` */
export const createPeer = {
  method: 'POST',
  url: '/api/v1/peers',
  id: 'createPeer',
  tag,
  summary: 'Register this server with another one',
  description:
    'Takes what the other server answers to `GET /api/v1/identity`. Answers when both servers hold each other’s key; after any failure the same request repairs. `errors` names the field that is wrong, `remoteCode` what the other server refused with.',
  access: { action: 'peers:register', role: 'admin' },
  body: Type.Object(
    {
      url: Type.String({ description: 'URL of the other server', examples: ['https://ods.example.org'] }),
      iss: Type.String({ description: '`iss` of the other server', examples: ['0123456789abcdef0123456789abcdef'] }),
      key: Type.String({ description: '`key` of the other server. A secret' }),
      name: Type.Optional(Type.String({ description: 'Passed over: the other server says its name by itself' })),
    },
    { title: 'NewPeer', additionalProperties: false },
  ),
  answers: { 200: Peer, 201: Peer },
  answerHeaders: etag,
  errors: registrationErrors,
} as const satisfies Operation;

/** `GET /api/v1/peers/{id}` */
export const readPeer = {
  method: 'GET',
  url: '/api/v1/peers/:id',
  id: 'readPeer',
  tag,
  summary: 'One peer, and how it goes with it',
  access: { action: 'peers:read', role: 'viewer' },
  ...peerId,
  answers: { 200: Peer },
  answerHeaders: etag,
} as const satisfies Operation;

/** `PATCH /api/v1/peers/{id}` */
export const changePeer = {
  method: 'PATCH',
  url: '/api/v1/peers/:id',
  id: 'changePeer',
  tag,
  summary: 'Change what is taken from a peer',
  description:
    'What is left out stays. What was taken before stays too. It counts within a second. Of a paused peer nothing is fetched; what is verified of a content stays, and other peers may serve the rest.',
  access: { action: 'peers:update', role: 'admin' },
  ...peerId,
  headers: ifMatch,
  body: Type.Object(
    {
      stageCap: Type.Optional(stageCap),
      introduces: Type.Optional(introduces),
      paused: Type.Optional(Type.Boolean({ description: 'Whether nothing is to be fetched from it' })),
      reason: Type.Optional(Type.String({ maxLength: 200, description: 'Why it is paused; kept and shown' })),
    },
    {
      ...{ title: 'PeerChange', minProperties: 1, additionalProperties: false, examples: [{ stageCap: 'Test' }] },
      // A reason alone changes nothing.
      anyOf: [{ required: ['stageCap'] }, { required: ['introduces'] }, { required: ['paused'] }],
    },
  ),
  answers: { 200: Peer },
  answerHeaders: etag,
  errors: ['REGISTRATION_SETTING_INVALID', 'COMMON_COMMAND_CONFLICT', 'COMMON_PRECONDITION_FAILED'],
} as const satisfies Operation;

/** `DELETE /api/v1/peers/{id}` */
export const unregisterPeer = {
  method: 'DELETE',
  url: '/api/v1/peers/:id',
  id: 'unregisterPeer',
  tag,
  summary: 'End the trust in a peer, on both sides',
  description: 'Packages stay. A peer that cannot be reached learns of it at its next request.',
  access: { action: 'peers:unregister', role: 'admin' },
  ...peerId,
  headers: ifMatch,
  query: Type.Object(
    {
      block: Type.Enum(['true', 'false'], {
        default: 'false',
        description: 'Block it besides, as `POST /api/v1/servers/{iss}/block` does',
      }),
    },
    { additionalProperties: false },
  ),
  answers: { 204: Nothing('Done') },
  errors: ['COMMON_COMMAND_CONFLICT', 'COMMON_PRECONDITION_FAILED'],
} as const satisfies Operation;

/** `POST /api/v1/peers/{id}/sync` */
export const syncPeer = {
  method: 'POST',
  url: '/api/v1/peers/:id/sync',
  id: 'syncPeer',
  tag,
  summary: 'Read the feed of a peer now, and compare what both servers have',
  description:
    'What this server lacks it takes in, each change judged as those of the feed. The same is done once a day. Where the answer is 202 it goes on: the row of the peer tells what comes of it.',
  access: { action: 'peers:register', role: 'admin' },
  ...peerId,
  query: Type.Object(
    { wait: Type.Integer({ minimum: 0, maximum: 60, default: 20, description: 'Seconds to wait for what comes of it' }) },
    { additionalProperties: false },
  ),
  answers: {
    200: Type.Object({ id: SmallId, comparison: Comparison }, { title: 'PeerCompared' }),
    202: Type.Object({ id: SmallId, comparison: Type.Null() }, { title: 'PeerComparing' }),
  },
} as const satisfies Operation;

const Server = Type.Object(
  {
    iss: Iss,
    name: Type.String(),
    url: OrNull(Type.String(), 'Null while nobody set it'),
    stage: Stage,
    firewalledMode: Type.Boolean(),
    relation: Type.Enum(['self', 'peer', 'introduced', 'former'], {
      description: '`peer`: registered here; `introduced`: known by a peer; `former`: was a peer',
    }),
    introducedBy: OrNull(Iss, 'The peer that passed it on first; null for others than introduced ones'),
    since: OrNull(Time, 'When it became what it is here; null for this server'),
    blocked: Type.Boolean({ description: 'Whether nothing more of what it signs is taken' }),
    blockedSince: OrNull(Time, 'Null for one that is not blocked'),
    signedAt: OrNull(Time, 'When it said this of itself, by its own clock'),
    retired: Type.Boolean({ description: 'Whether it is gone for good, as an admin said: then it counts nowhere' }),
    retirement: OrNull(
      Type.Object(
        {
          byIss: Type.String({ description: 'The server whose admin said so' }),
          byName: OrNull(Type.String(), 'Its name; null where it is not known here'),
          actor: Type.String({ description: 'Who said so, as `account:admin`' }),
          reason: OrNull(Type.String(), 'In the admin’s words'),
          at: Time,
        },
        { title: 'Retirement' },
      ),
      'What was said last; where `retired` is false the server has said something of itself since, so that it counts no more. Null where nobody retired it',
    ),
  },
  { title: 'Server' },
);

/** `GET /api/v1/servers` */
export const listServers = {
  method: 'GET',
  url: '/api/v1/servers',
  id: 'listServers',
  tag,
  summary: 'Every server of the mesh that is known here, this one first',
  description: 'A server that no admin registered here is known once a peer has passed on what it says of itself, signed by it.',
  access: { action: 'peers:read', role: 'viewer' },
  query: Type.Object(
    {
      q: Search('name, URL or ISS ID'),
      relation: Type.Optional(Type.Enum(['self', 'peer', 'introduced', 'former'])),
      limit: WideLimit,
      after: After,
    },
    { additionalProperties: false },
  ),
  answers: { 200: Page(Server) },
} as const satisfies Operation;

const serverIss = { params: Type.Object({ iss: Iss }), unknown: 'REGISTRATION_SERVER_UNKNOWN' } as const;

/** `POST /api/v1/servers/{iss}/block` */
export const blockServer = {
  method: 'POST',
  url: '/api/v1/servers/:iss/block',
  id: 'blockServer',
  tag,
  summary: 'Take nothing more of what a server signs, whoever passes it on',
  description:
    'From then on its requests and its registration are refused, and what it signs is not taken from others either; within 5 s open transfers and grants of bytes end too. A peer is unregistered by it. The Key of this server is changed; other peers go on as before. What was taken before stays, and the server stays known.',
  access: { action: 'servers:block', role: 'admin' },
  ...serverIss,
  query: Type.Object(
    { dryRun: Type.Enum(['true', 'false'], { default: 'false', description: 'Only tell what it would do' }) },
    { additionalProperties: false },
  ),
  answers: {
    200: Type.Object(
      {
        server: Server,
        unregistered: Type.Boolean({ description: 'Whether it is unregistered by this' }),
        peerTold: Type.Boolean({
          description: 'Whether it was told that it is no peer any more; if not, it learns at its next request',
        }),
        keyChanged: Type.Boolean({ description: 'Whether the Key is changed by this; not where it was blocked before' }),
        introduced: Count('Servers that are known because it introduced them; they stay'),
        done: Type.Boolean({ description: 'False for a dry run, which tells what would be' }),
      },
      { title: 'Blocking' },
    ),
  },
  errors: ['REGISTRATION_PEER_SELF', 'COMMON_COMMAND_CONFLICT'],
} as const satisfies Operation;

/** `POST /api/v1/servers/{iss}/unblock` */
export const unblockServer = {
  method: 'POST',
  url: '/api/v1/servers/:iss/unblock',
  id: 'unblockServer',
  tag,
  summary: 'Take again what a server signs',
  description:
    'A peer of before is to be registered again, with the Key as it is now. Where the server was not blocked nothing is changed.',
  access: { action: 'servers:block', role: 'admin' },
  ...serverIss,
  answers: {
    200: Type.Object(
      { server: Server, wasBlocked: Type.Boolean({ description: 'Whether it was blocked before' }) },
      { title: 'Unblocking' },
    ),
  },
  errors: ['REGISTRATION_PEER_SELF', 'COMMON_COMMAND_CONFLICT'],
} as const satisfies Operation;

/** `POST /api/v1/servers/{iss}/retire` */
export const retireServer = {
  method: 'POST',
  url: '/api/v1/servers/:iss/retire',
  id: 'retireServer',
  tag,
  summary: 'Say of a server that it is gone for good',
  description:
    'This server signs that, and it goes to all servers of the mesh: none counts it any more among those that are to hold a package. What it signed before stays. A server that lives after all says so as soon as it hears of it, and then it counts again. A peer is to be unregistered first. Where it is retired already nothing is changed.',
  access: { action: 'servers:retire', role: 'admin' },
  ...serverIss,
  body: Type.Object(
    {
      reason: Type.String({
        default: '',
        maxLength: 1_000,
        pattern: '^[^\\u0000-\\u001f\\u007f-\\u009f]*$',
        description: 'Why, in your words; others see it',
      }),
    },
    { title: 'RetirementReason', additionalProperties: false, examples: [{ reason: 'the site in Bonn was closed' }] },
  ),
  answers: {
    200: Type.Object(
      { server: Server, wasRetired: Type.Boolean({ description: 'Whether it was retired before' }) },
      { title: 'Retiring' },
    ),
  },
  errors: ['REGISTRATION_PEER_SELF', 'REGISTRATION_SERVER_IS_PEER', 'COMMON_COMMAND_CONFLICT'],
} as const satisfies Operation;
