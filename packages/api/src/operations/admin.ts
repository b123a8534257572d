import { Type } from 'typebox';
import type { Operation } from '../operation.ts';
import { registrationErrors } from '../registration-errors.ts';
import { AdminTime, Count, EmptyPage, Iss, OrNull, Sha1, Sha256, SmallId, Stage } from '../shapes.ts';

const tag = 'Admin API';
const ServerName = Type.String({ minLength: 1, maxLength: 200, examples: ['Berlin'] });
const ServerUrl = Type.String({ maxLength: 2_000, examples: ['https://ods.example.org'] });

/** `GET /api/admin/about` */
export const readAbout = {
  method: 'GET',
  url: '/api/admin/about',
  id: 'readAbout',
  tag,
  summary: 'Settings and identity of this server',
  access: { action: 'about:read', role: 'viewer' },
  answers: {
    200: Type.Object(
      {
        firewalled_mode: Type.Boolean({ description: 'Whether peers cannot connect to this server' }),
        iss: Iss,
        key: Type.Optional(
          Type.String({ description: 'With it any server may register: 32 bytes in base64. For role `admin` only' }),
        ),
        name: Type.String(),
        stage: Stage,
        url: Type.String({ description: 'How peers and clients reach this server' }),
      },
      { title: 'About' },
    ),
  },
} as const satisfies Operation;

const updateSettings = {
  method: 'POST',
  url: '/api/admin/about',
  id: 'updateAbout',
  tag,
  summary: 'Change settings of this server',
  description:
    'Any of the fields. `iss` and `key` cannot be changed. A `url` that other servers would refuse is refused; one at which this server does not reach itself is kept, and `ODST-Warning` says so.',
  access: { action: 'about:update', role: 'admin' },
  body: Type.Object(
    {
      name: Type.Optional(ServerName),
      url: Type.Optional(ServerUrl),
      stage: Type.Optional(Stage),
      firewalled_mode: Type.Optional(Type.Enum(['Enabled', 'Disabled'])),
    },
    { title: 'AboutUpdate', minProperties: 1, additionalProperties: false, examples: [{ name: 'Berlin', stage: 'Prod' }] },
  ),
  answers: { 201: EmptyPage },
  answerHeaders: { 'odst-warning': 'What to know of the URL that was set, in ASCII; left out where all is well' },
  errors: ['REGISTRATION_SETTING_INVALID', 'COMMON_COMMAND_CONFLICT'],
} as const satisfies Operation;

/** `POST /api/admin/about` and `POST /api/admin/about/update`, which mean the same. */
export const updateAbout = [
  updateSettings,
  { ...updateSettings, url: '/api/admin/about/update', id: 'updateAboutByOldPath' },
] as const satisfies readonly Operation[];

const packageFields = {
  created: AdminTime,
  created_ts: Type.Integer({ description: '`created` in Unix seconds' }),
  file_size: Count('Bytes'),
  file_size_hr: Type.String({ examples: ['3.3 MB'] }),
  filename: Type.String({ examples: ['NoMAD.pkg'] }),
  id: SmallId,
  sha1: Sha1,
  sha256: Sha256,
  stage: Stage,
  status: Type.Enum(['Public', 'Downloading', 'Withheld', 'Deleted']),
  uuid: Type.String({ pattern: '^[0-9a-f]{32}$', description: 'The same on every server' }),
};

const AdminPackage = Type.Object(packageFields, { title: 'AdminPackage' });

/** `GET /api/admin/packages` */
export const listAdminPackages = {
  method: 'GET',
  url: '/api/admin/packages',
  id: 'listAdminPackages',
  tag,
  summary: 'All packages, ordered by id',
  description:
    '`stage`, `sha1`, `sha256`, `file_size` and `status` are those of the stage that this server serves, or else of the lowest that has a content.',
  access: { action: 'packages:read', role: 'viewer' },
  answers: {
    200: {
      description: 'All of them, in pieces as they are read',
      content: { 'application/json': { schema: Type.Unsafe<unknown>(Type.Object({ items: Type.Array(AdminPackage) })) } },
    },
  },
} as const satisfies Operation;

/** `GET /api/admin/packages/{id or filename}` */
export const readAdminPackage = {
  method: 'GET',
  url: '/api/admin/packages/:reference',
  id: 'readAdminPackage',
  tag,
  summary: 'One package with its chunks',
  access: { action: 'packages:read', role: 'viewer' },
  params: Type.Object({ reference: Type.String({ description: 'Id or file name; digits only: the id wins' }) }),
  unknown: 'CATALOG_PACKAGE_UNKNOWN',
  answers: {
    200: Type.Object(
      {
        ...packageFields,
        chunks: Type.Array(Type.Object({ index: Count('From 0'), sha1: Sha1 }), {
          description:
            'One per 1,048,576 bytes; empty while Downloading, and while the list of a fast or large upload is being made',
        }),
      },
      { title: 'AdminPackageWithChunks' },
    ),
  },
  // The name may be longer than any.
  errors: ['COMMON_ROUTE_UNKNOWN'],
} as const satisfies Operation;

/** `POST /api/admin/register` */
export const registerPeer = {
  method: 'POST',
  url: '/api/admin/register',
  id: 'registerPeer',
  tag,
  summary: 'Register this server with another one',
  description: 'Answers when both servers hold each other’s key. After any failure the same call repairs.',
  access: { action: 'peers:register', role: 'admin' },
  body: Type.Object(
    {
      url: Type.String({ description: 'URL of the other server', examples: ['https://ods.example.org'] }),
      iss_id: Type.String({ description: '`iss` of the other server' }),
      key: Type.String({ description: '`key` of the other server' }),
    },
    { title: 'Registration' },
  ),
  answers: { 201: EmptyPage },
  answerHeaders: { 'odst-warning': 'What to know of how the two reach each other, in ASCII; left out where all is well' },
  errors: registrationErrors,
} as const satisfies Operation;

/** `GET /api/admin/registered_ods` */
export const listRegisteredOds = {
  method: 'GET',
  url: '/api/admin/registered_ods',
  id: 'listRegisteredOds',
  tag,
  summary: 'Servers that this one is registered with',
  access: { action: 'peers:read', role: 'viewer' },
  answers: {
    200: Type.Object({
      items: Type.Array(
        Type.Object(
          {
            firewalled_mode: Type.Boolean(),
            id: SmallId,
            name: Type.String(),
            registered_on: AdminTime,
            registered_on_ts: Type.Integer({ description: '`registered_on` in Unix seconds' }),
            stage: Stage,
            url: Type.String(),
          },
          { title: 'RegisteredServer' },
        ),
      ),
    }),
  },
} as const satisfies Operation;

const Readable = Type.String({ examples: ['56.2 GB'] });

/** `GET /api/admin/system` */
export const readSystem = {
  method: 'GET',
  url: '/api/admin/system',
  id: 'readSystem',
  tag,
  summary: 'Resources of this server',
  access: { action: 'system:read', role: 'viewer' },
  answers: {
    200: Type.Object(
      {
        cpu_count: Count('Processors that this server may use'),
        disk_free: Count('Bytes of the volume of the packages'),
        disk_free_hr: Readable,
        disk_total: Count('Bytes of the volume of the packages'),
        disk_total_hr: Readable,
        disk_used: Count('Bytes of the volume of the packages'),
        disk_used_hr: Readable,
        mem_available: Count('Bytes of the host, or of the container’s limit'),
        mem_available_hr: Readable,
        mem_total: Count('Bytes of the host, or of the container’s limit'),
        mem_total_hr: Readable,
        mem_used: Count('Bytes of the host, or of the container’s limit'),
        mem_used_hr: Readable,
        network_bytes_received: OrNull(Count('Bytes'), 'Over all interfaces but loopback; null where the system does not tell'),
        network_bytes_received_hr: OrNull(Readable),
        network_bytes_sent: OrNull(Count('Bytes'), 'Over all interfaces but loopback; null where the system does not tell'),
        network_bytes_sent_hr: OrNull(Readable),
        uptime: Count('Seconds since the start'),
        uptime_hr: Type.String({ examples: ['8:33:26'] }),
      },
      { title: 'System' },
    ),
  },
} as const satisfies Operation;
