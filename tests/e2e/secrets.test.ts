import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { eventually, sharedKafka } from '@odst/testing';
import { expect, test } from 'vitest';
import { installerFile } from '../support/installer-file.ts';
import { hasKcat, readTopic, topicsOf } from '../support/kcat.ts';
import { expectNoErrors } from '../support/refusals.ts';
import { allRows } from '../support/server-database.ts';
import type { ServerProcess } from '../support/server-process.ts';
import { becomesPublic, startFederation, twoServers } from '../support/two-servers.ts';

/** A secret that stands nowhere else, in the forms in which it could show. */
const plant = () => `planted-${randomBytes(12).toString('hex')}`;

const topicPrefix = 'secrets';
const kafka = await hasKcat();

test('no secret shows in a log, an event, a table or a topic, whatever was done with it', async () => {
  const [password, wrongPassword, urlPassword, urlToken, peerKey] = [plant(), plant(), plant(), plant(), randomBytes(32)];
  const keys = [randomBytes(32), randomBytes(32)].map((bytes) => bytes.toString('base64')) as [string, string];
  const env = { ODST_ADMIN_PASSWORD: password, DATABASE_KEY: keys[0], SECRET_KEY: keys[1], DEBUG: '1' };
  // The events of the one are in Kafka where there is one, those of the other in its database.
  const brokers = kafka ? await sharedKafka() : undefined;
  const bus = brokers === undefined ? {} : { KAFKA_BROKERS: brokers, KAFKA_TOPIC_PREFIX: topicPrefix };
  await using servers = await twoServers({ a: { env: { ...env, ...bus } }, b: { env } });
  const { a, b } = await startFederation(servers);
  await using _a = a;
  await using _b = b;
  const { iss, key } = await b.admin.about();

  const file = await installerFile(join(servers.path, 'file.pkg'), 100_000, 'secrets');
  expect((await a.admin.upload(file.path, 'File.pkg', 'Prod')).status).toBe(201);
  await becomesPublic(b, 'File.pkg', file.sha256);
  const wrong = `Basic ${Buffer.from(`admin:${wrongPassword}`).toString('base64')}`;
  expect((await a.admin.send('/api/admin/packages', { headers: { authorization: wrong } })).status).toBe(401);
  expect((await a.admin.send('/api/admin/packages', { headers: { authorization: `Bearer ${wrongPassword}` } })).status).toBe(401);
  const registrations = [
    { url: `http://admin:${urlPassword}@127.0.0.1:1`, iss, key },
    { url: b.url, iss, key: peerKey.toString('base64') },
    { url: 'http://127.0.0.1:1', iss: 'f'.repeat(32), key: peerKey.toString('base64') },
  ];
  for (const registration of registrations) expect((await a.admin.register(registration)).ok).toBe(false);
  expect((await fetch(`${a.url}/share/File.pkg?token=${urlToken}`)).status).toBe(200);
  // Also when it is told in the place of something else.
  expect((await a.admin.send(`/api/admin/packages?password=${urlToken}`)).status).toBe(200);

  const secrets = [password, wrongPassword, urlPassword, urlToken, key, ...keys, peerKey.toString('base64')];
  const forms = [
    ...secrets,
    Buffer.from(`admin:${password}`).toString('base64'),
    Buffer.from(`admin:${wrongPassword}`).toString('base64'),
    ...[key, ...keys].map((base64) => Buffer.from(base64, 'base64').toString('hex')),
  ];
  for (const server of [a, b]) {
    await eventually(async () => (await server.admin.events()).items.some(({ type }) => type.includes('BlobVerified')));
    const topics = server === a && brokers !== undefined ? await topicTexts(brokers) : [];
    const texts = [
      ...topics,
      ['log', server.log()],
      ['output', server.output()],
      ...(await feedOf(server)),
      ...(await allRows(server.dataDir)),
    ];
    expect(texts.length).toBeGreaterThan(20);
    // What is no secret is found where it belongs, so what is would be too.
    expect(texts.filter(([, text]) => text?.includes(iss)).length).toBeGreaterThan(3);
    const found = texts.flatMap(([where, text]) =>
      forms.filter((form) => text?.includes(form)).map((form) => `${form} in ${where}`),
    );
    expect(found).toEqual([]);
    expectNoErrors(server.log());
  }
});

async function feedOf(server: ServerProcess): Promise<[string, string][]> {
  return (await server.admin.events()).items.map((event) => [`event ${event.type}`, JSON.stringify(event)]);
}

/** All that stands in the topics of the server, by topic. */
async function topicTexts(brokers: string): Promise<[string, string][]> {
  const topics = await topicsOf(brokers, topicPrefix);
  expect(topics).toEqual(
    expect.arrayContaining(['catalog', 'registration', 'storage'].map((name) => `${topicPrefix}.${name}.v1`)),
  );
  const texts = topics.map(async (topic): Promise<[string, string]> => [topic, JSON.stringify(await readTopic(brokers, topic))]);
  return Promise.all(texts);
}
