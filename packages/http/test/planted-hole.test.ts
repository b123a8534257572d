import { join } from 'node:path';
import { plantedCopy } from '@odst/testing';
import { expect, test } from 'vitest';

type Cookies = typeof import('../src/session-cookie.ts');

/** Whether a form of a page elsewhere, which the browser sends with the session's cookie, gets through. */
function forge({ assertOwnCredential }: Cookies): void {
  const headers = { cookie: 'odst-session=a', origin: 'http://evil.example', 'sec-fetch-site': 'cross-site' };
  assertOwnCredential({ headers, method: 'POST', protocol: 'http', host: 'ods.example' });
}

test.each([
  [undefined, true],
  [{ from: 'if (isSame) return;', to: 'if (isSame || origin !== undefined) return;' }, false],
])('a copy with %j refuses a forged request: %j', { timeout: 60_000 }, async (plant, refuses) => {
  const root = join(import.meta.dirname, '..');
  await using copy = await plantedCopy(root, ['src'], plant && { file: 'src/session-cookie.ts', ...plant });
  const cookies = await copy.load<Cookies>('src/session-cookie.ts');
  if (refuses) expect(() => forge(cookies)).toThrow(expect.objectContaining({ code: 'COMMON_ORIGIN_REFUSED' }));
  else expect(() => forge(cookies)).not.toThrow();
});
