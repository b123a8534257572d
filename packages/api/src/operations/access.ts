import { Type } from 'typebox';
import type { Operation } from '../operation.ts';
import {
  After,
  etag,
  GivenTime,
  ifMatch,
  ifNoneMatch,
  Nothing,
  NotModified,
  OrNull,
  Page,
  Search,
  Stage,
  Time,
  Version,
  WideLimit,
} from '../shapes.ts';

const tag = 'Access';

const Role = Type.Enum(['viewer', 'uploader', 'promoter', 'admin'], {
  description: 'What may be done: a viewer reads, an uploader uploads too, a promoter changes packages too, an admin does all',
});
const Stages = Type.Array(Stage, { description: 'Stages for which uploads and changes are allowed' });
const NewStages = Type.Array(Stage, { maxItems: 3, uniqueItems: true, description: 'Default all' });
const Username = Type.String({ description: 'Name of an account' });
const Password = (description: string) => Type.String({ minLength: 1, maxLength: 4_000, description });
const NewPassword = Password('10 to 1,000 characters, and not the documented default');

const ofUsername = Type.String({ minLength: 1, maxLength: 64, description: 'Those of this account' });

/** A session, as lists show it. */
const Session = Type.Object(
  {
    id: Type.String({ description: 'Names it in lists; it opens nothing' }),
    username: Username,
    startedAt: Time,
    activeAt: Time,
    expiresAt: Time,
    remoteAddress: Type.String({ description: 'Where it was started from' }),
    userAgent: Type.String({ description: 'What the browser called itself' }),
    current: Type.Boolean({ description: 'Whether this request came with it' }),
  },
  { title: 'Session' },
);

const Login = Type.Object(
  {
    username: Username,
    role: Role,
    stages: Stages,
    credential: Type.Enum(['session', 'token', 'password'], { description: 'What the request came with' }),
    expiresAt: OrNull(Time, 'When the session ends, unless something is done before; null for another credential'),
  },
  { title: 'Login' },
);

const selfRead = { action: 'self:read', role: 'viewer' } as const;
const selfChange = { action: 'self:change', role: 'viewer' } as const;
const accountsRead = { action: 'accounts:read', role: 'admin' } as const;
const accountsChange = { action: 'accounts:change', role: 'admin' } as const;

/** What logins are refused with. */
const loginErrors = [
  'REGISTRATION_CREDENTIALS_INVALID',
  'REGISTRATION_LOGIN_LIMITED',
  'COMMON_ORIGIN_REFUSED',
  'COMMON_SERVICE_UNAVAILABLE',
  'COMMON_DEADLINE_EXCEEDED',
  'COMMON_DATABASE_UNAVAILABLE',
] as const;

/** `POST /api/v1/session` */
export const logIn = {
  method: 'POST',
  url: '/api/v1/session',
  id: 'logIn',
  tag,
  summary: 'Log in with a browser',
  description:
    'Sets the cookie of a new session: over TLS `__Host-odst-session`, else `odst-session`. It ends 12 hours after the last act and 7 days after the login. Reading does not renew it, unless the request says `ODST-Active: true`: so a page that polls does not keep a session alive. Scripts use an API token, or HTTP Basic.',
  access: 'open',
  body: Type.Object(
    { username: Username, password: Password('A secret') },
    { title: 'Credentials', additionalProperties: false },
  ),
  answers: { 200: Login },
  answerHeaders: { 'Set-Cookie': 'The session' },
  errors: [...loginErrors, 'REGISTRATION_PASSWORD_DEFAULT'],
} as const satisfies Operation;

/** `GET /api/v1/session` */
export const readLogin = {
  method: 'GET',
  url: '/api/v1/session',
  id: 'readLogin',
  tag,
  summary: 'Who am I',
  access: selfRead,
  answers: { 200: Login },
} as const satisfies Operation;

/** `DELETE /api/v1/session` */
export const logOut = {
  method: 'DELETE',
  url: '/api/v1/session',
  id: 'logOut',
  tag,
  summary: 'Log out',
  description: 'Ends the session that the request came with, and takes its cookie. With another credential nothing is done.',
  access: selfChange,
  answers: { 204: Nothing('Logged out') },
  errors: ['REGISTRATION_SESSION_UNKNOWN'],
} as const satisfies Operation;

/** `POST /api/v1/session/password` */
export const changePassword = {
  method: 'POST',
  url: '/api/v1/session/password',
  id: 'changePassword',
  tag,
  summary: 'Change a password',
  description:
    'For who has the one before, from any machine: with the documented default password this is all that one can do from elsewhere. The account’s other sessions end; the one that the request came with gets another cookie, so that nobody else has it. API tokens stay.',
  access: 'open',
  body: Type.Object(
    { username: Username, currentPassword: Password('A secret'), newPassword: NewPassword },
    { title: 'PasswordChange', additionalProperties: false },
  ),
  answers: { 204: Nothing('Changed') },
  answerHeaders: { 'Set-Cookie': 'The session, where the request came with one' },
  errors: [...loginErrors, 'REGISTRATION_ACCOUNT_INVALID', 'REGISTRATION_PASSWORD_DEFAULT'],
} as const satisfies Operation;

/** `GET /api/v1/sessions` */
export const listSessions = {
  method: 'GET',
  url: '/api/v1/sessions',
  id: 'listSessions',
  tag,
  summary: 'Sessions that have not ended',
  description: 'One’s own; of everybody for an admin for all stages. The latest first.',
  access: selfRead,
  query: Type.Object({ username: Type.Optional(ofUsername), limit: WideLimit, after: After }, { additionalProperties: false }),
  answers: { 200: Page(Session) },
} as const satisfies Operation;

/** `DELETE /api/v1/sessions/{id}` */
export const endSession = {
  method: 'DELETE',
  url: '/api/v1/sessions/:id',
  id: 'endSession',
  tag,
  summary: 'End a session',
  description: 'One of one’s own; anybody’s for an admin for all stages. It opens nothing any more from the answer on.',
  access: selfChange,
  params: Type.Object({ id: Type.String({ minLength: 1, maxLength: 100 }) }),
  unknown: 'REGISTRATION_SESSION_UNKNOWN',
  answers: { 204: Nothing('Ended') },
} as const satisfies Operation;

const Account = Type.Object(
  {
    username: Username,
    role: Role,
    stages: Stages,
    defaultPassword: Type.Boolean({
      description: 'Whether it has the documented default password, which works from the server’s own machine only',
    }),
    createdAt: Time,
    passwordChangedAt: Time,
    version: Version,
  },
  { title: 'Account' },
);

const username = {
  params: Type.Object({ username: Type.String({ minLength: 1, maxLength: 64 }) }),
  unknown: 'REGISTRATION_ACCOUNT_UNKNOWN',
} as const;

/** `GET /api/v1/accounts` */
export const listAccounts = {
  method: 'GET',
  url: '/api/v1/accounts',
  id: 'listAccounts',
  tag,
  summary: 'Accounts, by name',
  access: accountsRead,
  query: Type.Object(
    { q: Search('name'), role: Type.Optional(Role), limit: WideLimit, after: After },
    { additionalProperties: false },
  ),
  answers: { 200: Page(Account) },
} as const satisfies Operation;

/** `GET /api/v1/accounts/{username}` */
export const readAccount = {
  method: 'GET',
  url: '/api/v1/accounts/:username',
  id: 'readAccount',
  tag,
  summary: 'One account',
  access: accountsRead,
  ...username,
  headers: ifNoneMatch,
  answers: { 200: Account, 304: NotModified },
  answerHeaders: etag,
} as const satisfies Operation;

/** `POST /api/v1/accounts` */
export const createAccount = {
  method: 'POST',
  url: '/api/v1/accounts',
  id: 'createAccount',
  tag,
  summary: 'Make an account',
  access: accountsChange,
  body: Type.Object(
    {
      username: Type.String({
        minLength: 1,
        maxLength: 64,
        description: '1 to 64 of a-z, 0-9, dot, underscore, @ and -, with a letter or digit first',
        examples: ['eva'],
      }),
      password: NewPassword,
      role: Role,
      stages: Type.Optional(NewStages),
    },
    { title: 'NewAccount', additionalProperties: false },
  ),
  answers: { 201: Account },
  answerHeaders: etag,
  errors: ['REGISTRATION_ACCOUNT_TAKEN', 'REGISTRATION_ACCOUNT_INVALID'],
} as const satisfies Operation;

/** `PATCH /api/v1/accounts/{username}` */
export const changeAccount = {
  method: 'PATCH',
  url: '/api/v1/accounts/:username',
  id: 'changeAccount',
  tag,
  summary: 'Change role, stages or password of an account',
  description: 'What is left out stays. It counts from the next request on; with another password the account’s sessions end.',
  access: accountsChange,
  ...username,
  headers: ifMatch,
  body: Type.Object(
    {
      role: Type.Optional(Role),
      stages: Type.Optional(Type.Array(Stage, { minItems: 1, maxItems: 3, uniqueItems: true })),
      password: Type.Optional(NewPassword),
    },
    { title: 'AccountChange', minProperties: 1, additionalProperties: false, examples: [{ role: 'promoter' }] },
  ),
  answers: { 200: Account },
  answerHeaders: etag,
  errors: [
    'REGISTRATION_ACCOUNT_INVALID',
    'REGISTRATION_ACCOUNT_LAST_ADMIN',
    'COMMON_COMMAND_CONFLICT',
    'COMMON_PRECONDITION_FAILED',
  ],
} as const satisfies Operation;

/** `DELETE /api/v1/accounts/{username}` */
export const removeAccount = {
  method: 'DELETE',
  url: '/api/v1/accounts/:username',
  id: 'removeAccount',
  tag,
  summary: 'Remove an account',
  description: 'Its sessions and API tokens open nothing any more. What it did stays in history.',
  access: accountsChange,
  ...username,
  headers: ifMatch,
  answers: { 204: Nothing('Removed') },
  errors: ['REGISTRATION_ACCOUNT_LAST_ADMIN', 'COMMON_COMMAND_CONFLICT', 'COMMON_PRECONDITION_FAILED'],
} as const satisfies Operation;

const apiTokenFields = {
  id: Type.String({ pattern: '^[0-9a-f]{16}$', description: 'Stands in the token too; it opens nothing' }),
  name: Type.String(),
  username: Username,
  role: Role,
  stages: Stages,
  issuedAt: Time,
  expiresAt: OrNull(Time, 'Null for never'),
  lastUsedAt: OrNull(Time, 'To a minute; null for never'),
  lastUsedFrom: OrNull(Type.String(), 'Address of the client'),
};

const ApiToken = Type.Object(apiTokenFields, { title: 'ApiToken' });

/** `GET /api/v1/tokens` */
export const listTokens = {
  method: 'GET',
  url: '/api/v1/tokens',
  id: 'listTokens',
  tag,
  summary: 'API tokens, by owner and name',
  description: 'One’s own; of everybody for an admin for all stages. Those that have expired stay until they are revoked.',
  access: selfRead,
  query: Type.Object(
    { q: Search('name or owner'), username: Type.Optional(ofUsername), limit: WideLimit, after: After },
    { additionalProperties: false },
  ),
  answers: { 200: Page(ApiToken) },
} as const satisfies Operation;

/** `POST /api/v1/tokens` */
export const issueToken = {
  method: 'POST',
  url: '/api/v1/tokens',
  id: 'issueToken',
  tag,
  summary: 'Make an API token',
  description:
    'The answer shows it this one time: `Authorization: Bearer odst_…`. It may do no more than its account, now and later, and than who makes it. What is made with a token that ends, ends no later.',
  access: selfChange,
  body: Type.Object(
    {
      name: Type.String({ minLength: 1, maxLength: 64, examples: ['autopkg'] }),
      role: Role,
      stages: Type.Optional(NewStages),
      expiresAt: Type.Optional(GivenTime),
      username: Type.Optional(
        Type.String({ minLength: 1, maxLength: 64, description: 'For an admin for all stages: owner. Default oneself' }),
      ),
    },
    { title: 'NewApiToken', additionalProperties: false },
  ),
  answers: {
    201: Type.Object(
      { ...apiTokenFields, token: Type.String({ description: 'The token itself. A secret' }) },
      { title: 'IssuedApiToken' },
    ),
  },
  errors: ['REGISTRATION_TOKEN_INVALID', 'REGISTRATION_ACCOUNT_UNKNOWN'],
} as const satisfies Operation;

/** `DELETE /api/v1/tokens/{id}` */
export const revokeToken = {
  method: 'DELETE',
  url: '/api/v1/tokens/:id',
  id: 'revokeToken',
  tag,
  summary: 'Revoke an API token',
  description: 'One of one’s own; anybody’s for an admin for all stages. It opens nothing any more from the answer on.',
  access: selfChange,
  params: Type.Object({ id: Type.String({ pattern: '^[0-9a-f]{16}$' }) }),
  unknown: 'REGISTRATION_TOKEN_UNKNOWN',
  answers: { 204: Nothing('Revoked') },
} as const satisfies Operation;
