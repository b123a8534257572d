import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { eventually, freePort, temporaryDirectory } from '@odst/testing';
import { expect, test } from 'vitest';
import { filesBelow } from '../support/files-below.ts';
import { headOf, openSocket, rawRequest, readAnswer } from '../support/raw-http.ts';
import { expectNoErrors } from '../support/refusals.ts';
import { type ServerProcess, startServerProcess } from '../support/server-process.ts';
import { formBody, formType } from '../support/upload-form.ts';

const path = '/api/admin/upload';

/** Statuses of so many wrong logins of `admin` from this address, several at once. */
async function guess(server: ServerProcess, times: number): Promise<readonly number[]> {
  const statuses: number[] = [];
  for (let first = 0; first < times; first += 8) {
    const passwords = Array.from({ length: 8 }, (_, index) => `wrong ${first + index}`);
    const answers = passwords.map((password) => {
      const headers = { Authorization: `Basic ${Buffer.from(`admin:${password}`).toString('base64')}` };
      return rawRequest(server.port, { path: '/api/admin/packages', headers });
    });
    statuses.push(...(await Promise.all(answers)).map(({ status }) => status));
  }
  return statuses;
}

test("many wrong logins end no upload, and their author's address keeps the right password", async () => {
  await using folder = await temporaryDirectory();
  const options = { dataDir: join(folder.path, 'data'), port: await freePort(), env: { ODST_ADMIN_PASSWORD: 'own password' } };
  {
    await using server = await startServerProcess(options);
    const content = Buffer.alloc(3_000_000, 'an installer package');
    const form = formBody([
      { name: 'file', filename: 'Slow.pkg', value: content },
      { name: 'stage', value: 'Prod' },
    ]);
    const headers = {
      Authorization: server.admin.authorization,
      'Content-Type': formType,
      'Content-Length': String(form.length),
    };
    const socket = await openSocket(server.port);
    const answer = readAnswer(socket);
    socket.write(headOf({ method: 'POST', path, headers }, server.port));
    socket.write(form.subarray(0, 1_000_000));
    await eventually(async () => (await filesBelow(join(options.dataDir, 'staging'))).length === 1);

    const statuses = await guess(server, 200);
    expect(new Set(statuses)).toEqual(new Set([401, 429]));
    expect(statuses.filter((status) => status === 429).length).toBeGreaterThan(100);
    socket.write(form.subarray(1_000_000));
    const uploaded = await answer;
    expect(uploaded.status).toBe(201);
    expect(uploaded.json).toMatchObject({ filename: 'Slow.pkg', sha1: createHash('sha1').update(content).digest('hex') });
    expect((await server.admin.packages()).map(({ filename }) => filename)).toEqual(['Slow.pkg']);
    expectNoErrors(server.log());
  }

  // The address is known after a restart too, though nothing of it is in memory.
  await using server = await startServerProcess(options);
  expect((await guess(server, 16)).filter((status) => status === 429).length).toBeGreaterThan(0);
  await eventually(async () => {
    const before = await guess(server, 8);
    expect((await server.admin.send('/api/admin/packages')).status).toBe(200);
    const after = await guess(server, 8);
    return [...before.slice(-1), ...after].every((status) => status === 429);
  }, 60_000);
  expectNoErrors(server.log());
});
