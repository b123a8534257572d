import type { Api } from './api.ts';
import type { Terminal } from './terminal.ts';

/**
 * `odst key rotate`: another Key for those who register with this server.
 * @param yes whether to do it; else only what it means is told
 */
export async function rotateKey(api: Api, yes: boolean, { print }: Terminal): Promise<void> {
  if (!yes) {
    print(
      'Would change the Key by which servers register with this one; the one before opens nothing then. Peers go on as before.',
    );
    return print('Nothing was changed. To do it: odst key rotate --yes');
  }
  const { key } = (await api.send('POST', '/api/v1/settings/key/rotate')) as { readonly key: string };
  print(key);
}
