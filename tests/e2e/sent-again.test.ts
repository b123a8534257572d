import { join } from 'node:path';
import { freePort, temporaryDirectory } from '@odst/testing';
import { expect, test } from 'vitest';
import { installerFile } from '../support/installer-file.ts';
import { type ServerProcess, startServerProcess } from '../support/server-process.ts';

const post = async ({ url, admin }: ServerProcess, path: string, key: string, body: object) => {
  const headers = { authorization: admin.authorization, 'content-type': 'application/json', 'idempotency-key': key };
  const answer = await fetch(`${url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
  return { status: answer.status, replayed: answer.headers.get('idempotency-replayed'), body: await answer.text() };
};

test('what is sent again is done once and answered as before, also by the server that was started again', async () => {
  await using folder = await temporaryDirectory();
  const options = { dataDir: join(folder.path, 'data'), port: await freePort() };
  const file = async (seed: string) => (await installerFile(join(folder.path, seed), 10_240, seed)).path;
  const token = { name: 'ci', role: 'viewer' };
  let first: Awaited<ReturnType<typeof post>>;
  {
    await using server = await startServerProcess(options);
    first = await post(server, '/api/v1/tokens', 'a-token', token);
    expect([first.status, first.replayed]).toEqual([201, null]);
    expect(await post(server, '/api/v1/tokens', 'a-token', { ...token, role: 'admin' })).toMatchObject({ status: 422 });

    // Twice in earnest would give the first content again, and then the second one.
    for (const seed of ['one', 'two', 'three']) {
      expect((await server.admin.upload(await file(seed), 'A.pkg', 'Prod', { replace: true })).status).toBe(201);
    }
    const before = await server.admin.package('A.pkg');
    const rolled = await Promise.all(
      [1, 2, 3].map(() => post(server, `/api/v1/packages/${before.id}/rollback`, 'back', { stage: 'Prod' })),
    );
    expect(rolled.map(({ status }) => status).toSorted()[0]).toBe(200);
    const again = await post(server, `/api/v1/packages/${before.id}/rollback`, 'back', { stage: 'Prod' });
    expect([again.status, again.replayed]).toEqual([200, 'true']);
    const history = (await (await server.admin.send(`/api/v1/packages/${before.id}/history`)).json()) as {
      items: { data: { change?: { act?: string } } }[];
    };
    expect(history.items.filter(({ data }) => data.change?.act === 'rollback')).toHaveLength(1);
  }
  await using server = await startServerProcess(options);
  expect(await post(server, '/api/v1/tokens', 'a-token', token)).toEqual({ ...first, replayed: 'true' });
  const { token: secret } = JSON.parse(first.body) as { token: string };
  const who = await fetch(`${server.url}/api/v1/session`, { headers: { authorization: `Bearer ${secret}` } });
  expect(await who.json()).toMatchObject({ username: 'admin', credential: 'token', role: 'viewer' });
});
