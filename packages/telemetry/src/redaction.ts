/** Field names whose values never reach a log, at the top of an entry or up to two objects deep. */
const secretFields = [
  'password',
  'newPassword',
  'passwordHash',
  'secret',
  'token',
  'internalToken',
  'grant',
  'jwt',
  'privateKey',
  'secretKey',
  'databaseKey',
  'sharedKey',
  'peerKey',
  'authorization',
  'cookie',
  '["set-cookie"]',
  'SECRET_KEY',
  'DATABASE_KEY',
  'DATABASE_URL',
  'ODST_ADMIN_PASSWORD',
  'ODST_INTERNAL_TOKEN',
] as const;

/** The paths that the logger replaces by `[secret]`. */
export const redactedPaths: readonly string[] = secretFields.flatMap((field) => {
  const step = field.startsWith('[') ? field : `.${field}`;
  return [field, `*${step}`, `*.*${step}`];
});

/**
 * Removes secrets from the text of a finished log line, where no path can name them: passwords in URLs,
 * `Basic` and `Bearer` credentials, and secret query parameters, as drivers like to put them in error messages.
 */
export function redactLine(line: string): string {
  return line
    .replace(/(:\/\/[^\s"\\/?#@:]*):[^\s"\\/?#@]+@/g, '$1:[secret]@')
    .replace(/\b(Basic|Bearer) +[A-Za-z0-9._~+/=-]{4,}/g, '$1 [secret]')
    .replace(/([?&](?:token|grant|key|password|signature|jwt)=)[^\s"\\&#]+/gi, '$1[secret]');
}
