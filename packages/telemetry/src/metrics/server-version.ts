import { readFileSync } from 'node:fs';

let version: string | undefined;

/** Version of the server, as the workspace that its programs run from says it. */
export function serverVersion(): string {
  version ??= (JSON.parse(readFileSync(new URL('../../../../package.json', import.meta.url), 'utf8')) as { version: string })
    .version;
  return version;
}
