/** Environment of PostgreSQL's programs: none of the caller's PG… variables, messages in English. */
export function programEnvironment(): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'] ?? '', LC_ALL: 'C', TZ: 'UTC' };
}
