import { openBackbone, provisionService } from '@odst/backbone';
import { ServerServiceService, TrustServiceService } from '@odst/contracts/registration';
import { isOdstError } from '@odst/kernel';
import { createSilentLogger } from '@odst/telemetry';
import { createTestDatabase, eventually, manualClock } from '@odst/testing';
import { describe, expect, test } from 'vitest';
import { registrationDefinition } from '../src/index.ts';
import { type RegistrationDeps, startRegistration } from '../src/service.ts';
import { adminCaller, startTestServer, type TestServer } from './support/test-server.ts';

const refused = (code: string) => expect.objectContaining({ code });
const basic = (password: string) => `Basic ${Buffer.from(`admin:${password}`).toString('base64')}`;
const request = { method: 'GET', target: '/api/ods/v1/changes', bodySha256: 'e3b0' };
const access = {
  remoteAddress: '192.0.2.9',
  forwarded: false,
  host: 'ods.example.org',
  method: 'GET',
  path: '/api/admin/about',
  action: 'about:read',
  session: '',
  active: false,
};

/** Another process of the same server. */
function startReplica(server: TestServer) {
  return startRegistration({
    ...server.backbone(),
    schema: 'registration',
    address: '127.0.0.1:0',
    internalToken: 'a token that the processes of one server share',
    databaseKeys: [Buffer.alloc(32, 7)],
    name: 'B',
    stage: 'Prod',
    publicUrl: undefined,
    clock: { now: () => new Date() },
    logger: createSilentLogger(),
  });
}

describe('the identity of a server', () => {
  test('is made at the first start and kept for ever, with the settings that an admin chose', async () => {
    await using server = await startTestServer({ name: 'Berlin', stage: 'Test' });
    const first = (await server.server().getServer({})).server;
    expect(first).toMatchObject({
      iss: server.iss(),
      name: 'Berlin',
      stage: 'Test',
      url: server.front.url,
      firewalledMode: false,
    });
    expect(first?.iss).toMatch(/^[0-9a-f]{32}$/);
    expect(first?.publicKey).toHaveLength(32);
    const { key } = await server.server().getInvitation({});
    expect(Buffer.from(key, 'base64')).toHaveLength(32);

    const changes = { name: 'Bonn', stage: undefined, url: undefined, firewalledMode: true };
    await server.server().updateSettings(changes, { caller: adminCaller });
    await server.stop();
    await server.start({ name: 'Other', stage: 'Dev', publicUrl: 'https://other.example' });
    expect((await server.server().getServer({})).server).toEqual({ ...first, name: 'Bonn', firewalledMode: true, version: 2n });
    expect((await server.server().getInvitation({})).key).toBe(key);
  });

  test('is one, also when two processes start for the first time at once', async () => {
    await using database = await createTestDatabase();
    const logger = createSilentLogger();
    const clock = { now: () => new Date() };
    const { migrations } = registrationDefinition;
    const { url } = await provisionService({ adminUrl: database.url, service: 'registration', migrations, logger });
    await using one = await openBackbone({ databaseUrl: url, service: 'registration', clock, logger });
    await using other = await openBackbone({ databaseUrl: url, service: 'registration', clock, logger });
    const start = (backbone: typeof one) =>
      startRegistration({
        ...backbone,
        schema: 'registration',
        address: '127.0.0.1:0',
        internalToken: 'x'.repeat(32),
        databaseKeys: [Buffer.alloc(32, 1)],
        name: 'A',
        stage: 'Prod',
        publicUrl: undefined,
        clock,
        logger,
      });
    const [first, second] = await Promise.all([start(one), start(other)]);
    await using _first = first;
    await using _second = second;
    expect(second.iss).toBe(first.iss);
    const { rows } = await database.pool.query('select type from registration.events where position > 0 order by position');
    expect(rows.map(({ type }) => type)).toEqual(['ServerInitialized', 'AccountCreated']);
    // The secrets of the one that lost are not left behind: key, private key, password, two of logins, and the check of the key.
    expect((await database.pool.query('select from registration.secrets')).rowCount).toBe(6);
  });

  test('cannot be opened with another DATABASE_KEY', async () => {
    await using server = await startTestServer();
    await server.stop();
    await expect(server.start({ databaseKeys: [Buffer.alloc(32, 8)] })).rejects.toThrow(refused('COMMON_SECRET_UNREADABLE'));
    await server.start();
  });

  test.each([
    ['stage', { stage: 'prod' }],
    ['name', { name: '' }],
    ['URL', { publicUrl: 'ods.example.org' }],
  ] satisfies [string, Partial<RegistrationDeps>][])('is not made with a wrong %s', async (_what, wrong) => {
    await expect(startTestServer(wrong)).rejects.toThrow(refused('COMMON_SETTING_INVALID'));
  });

  test('is told to other services, the invitation to the gateway alone', async () => {
    await using server = await startTestServer();
    const sync = server.connectAs('sync').client(ServerServiceService);
    await expect(sync.getServer({})).resolves.toMatchObject({ server: { iss: server.iss() } });
    await expect(sync.getInvitation({})).rejects.toThrow(refused('COMMON_ACCESS_DENIED'));
    await expect(sync.updateSettings({ name: 'x', url: undefined, stage: undefined, firewalledMode: undefined })).rejects.toThrow(
      refused('COMMON_ACCESS_DENIED'),
    );
  });

  test('names a wrong setting and where it stands', async () => {
    await using server = await startTestServer();
    const wrong = { name: undefined, url: 'ftp://x', stage: undefined, firewalledMode: undefined };
    await expect(server.server().updateSettings(wrong, { caller: adminCaller })).rejects.toThrow(
      expect.objectContaining({ code: 'REGISTRATION_SETTING_INVALID', details: { pointer: '/url' } }),
    );
  });
});

describe('logins', () => {
  test('take the password of the environment from anywhere, and no other', async () => {
    await using server = await startTestServer({ adminPassword: 'own password' });
    const granted = server.access().authorize({ ...access, authorization: basic('own password') });
    await expect(granted).resolves.toMatchObject({
      actor: 'account:admin',
      role: 'admin',
      stages: ['Dev', 'Test', 'Prod'],
    });
    await expect(server.access().authorize({ ...access, authorization: basic('ods1234!') })).rejects.toThrow(
      refused('REGISTRATION_CREDENTIALS_INVALID'),
    );
    const { rows } = await server.pool.query('select username, role, stages, default_password from registration.accounts');
    expect(rows).toEqual([{ username: 'admin', role: 'admin', stages: ['Dev', 'Test', 'Prod'], default_password: false }]);
  });

  test("take the default password from the server's own machine only", async () => {
    await using server = await startTestServer();
    const local = { ...access, authorization: basic('ods1234!'), remoteAddress: '::ffff:127.0.0.1', host: 'localhost:8080' };
    await expect(server.access().authorize(local)).resolves.toMatchObject({ role: 'admin' });
    await expect(server.access().authorize({ ...local, forwarded: true })).rejects.toThrow(
      refused('REGISTRATION_PASSWORD_DEFAULT'),
    );
  });
});

describe('credentials that were given rightly', () => {
  test('pass while guesses are limited, also in a process that starts anew', async () => {
    await using server = await startTestServer({ adminPassword: 'own password', clock: manualClock() });
    const login = (password: string, from: Partial<typeof access> = {}) =>
      server.access().authorize({ ...access, ...from, authorization: basic(password) });
    const guessUntilLimited = async (from: Partial<typeof access> = {}) => {
      const codes: string[] = [];
      while (codes.at(-1) !== 'REGISTRATION_LOGIN_LIMITED' && codes.length < 20) {
        codes.push(
          await login(`guess ${codes.length}`, from).then(
            () => 'granted',
            ({ code }) => code,
          ),
        );
      }
      expect(codes).toEqual([...Array(6).fill('REGISTRATION_CREDENTIALS_INVALID'), 'REGISTRATION_LOGIN_LIMITED']);
    };
    await login('own password');
    await guessUntilLimited();
    await expect(login('own password')).resolves.toMatchObject({ role: 'admin' });

    await server.stop();
    await server.start();
    await guessUntilLimited();
    await expect(login('own password')).resolves.toMatchObject({ role: 'admin' });
    const stranger = { remoteAddress: '192.0.2.10' };
    await guessUntilLimited(stranger);
    await expect(login('own password', stranger)).rejects.toThrow(refused('REGISTRATION_LOGIN_LIMITED'));

    const { rows } = await server.pool.query<{ username: string; mark: Buffer }>(
      'select username, mark from registration.known_logins',
    );
    expect(rows).toEqual([{ username: 'admin', mark: expect.any(Buffer) }]);
  });
});

/** Everything in a schema but the table of secrets, as text. */
async function textOf({ pool }: TestServer, schema: string): Promise<string> {
  const { rows: tables } = await pool.query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname = $1 and tablename <> 'secrets'`,
    [schema],
  );
  const texts = tables.map(async ({ name }) => {
    const { rows } = await pool.query<{ row: string }>(`select t::text as row from ${name} t`);
    return rows.map(({ row }) => row).join('\n');
  });
  return (await Promise.all(texts)).join('\n');
}

describe('what stands outside the table of secrets', () => {
  test('holds none of them: neither events, nor the bus, nor any other table', async () => {
    await using a = await startTestServer({ adminPassword: 'planted-password' });
    await using b = await startTestServer();
    await a.peers().registerPeer(await b.invitation(), { caller: adminCaller });
    const planted = [
      (await a.server().getInvitation({})).key,
      (await b.server().getInvitation({})).key,
      'planted-password',
      '$argon2id$',
    ];
    // Once the bus has its event, everything that is written anywhere has been written.
    await eventually(async () => (await textOf(a, 'bus')).includes('org.odst.registration.PeerRegistered.v1'));
    const text = `${await textOf(a, 'bus')}${await textOf(a, 'registration')}`;
    expect(text).toContain('passwordSecretId');
    for (const secret of planted) expect(text).not.toContain(secret);
    const { rows: sealed } = await a.pool.query<{ sealed: Buffer }>('select sealed from registration.secrets');
    const box = Buffer.concat(sealed.map((row) => row.sealed));
    for (const secret of planted) expect(box.includes(secret)).toBe(false);
  });
});

describe('servers whose clocks are ten minutes apart', () => {
  test.each([600_000, -600_000])('register and talk at %i ms, and show it', async (apartMs) => {
    await using a = await startTestServer({ name: 'A' });
    await using b = await startTestServer({ name: 'B', clock: { now: () => new Date(Date.now() + apartMs) } });
    await expect(a.peers().registerPeer(await b.invitation(), { caller: adminCaller })).resolves.toBeDefined();
    const [atA] = (await a.peers().listPeers({})).peers;
    const [atB] = (await b.peers().listPeers({})).peers;
    expect(Math.abs(Number(atA?.clockOffsetMs) - apartMs)).toBeLessThan(60_000);
    expect(Math.abs(Number(atB?.clockOffsetMs) + apartMs)).toBeLessThan(60_000);
    const signed = await a.trust().signRequest({ peerIss: b.iss(), ...request });
    const verified = await b
      .connectAs('storage')
      .client(TrustServiceService)
      .verifyRequest({ ...signed, ...request });
    expect(verified.peer).toMatchObject({ iss: a.iss(), name: 'A' });
    // The offset outlives a restart.
    await a.stop();
    await a.start();
    expect(Math.abs(Number((await a.peers().listPeers({})).peers[0]?.clockOffsetMs) - apartMs)).toBeLessThan(60_000);
  });

  test('find out when it happens later, from the refusal', async () => {
    let apartMs = 0;
    await using a = await startTestServer();
    await using b = await startTestServer({ clock: { now: () => new Date(Date.now() + apartMs) } });
    await a.peers().registerPeer(await b.invitation(), { caller: adminCaller });
    apartMs = 600_000;
    const { authorization } = await a.trust().signRequest({ peerIss: b.iss(), ...request });
    const verifier = b.connectAs('gateway').client(TrustServiceService);
    const refusal: unknown = await verifier.verifyRequest({ authorization, ...request }).catch((error: unknown) => error);
    if (!isOdstError(refusal, 'REGISTRATION_CLOCK_SKEW')) throw new Error('was not refused for the clock', { cause: refusal });
    const signedTime = String(refusal.details['signedTime']);
    const { clockOffsetMs } = await a.trust().reportPeerTime({ peerIss: b.iss(), signedTime, authorization });
    expect(Math.abs(Number(clockOffsetMs) - apartMs)).toBeLessThan(60_000);
    const again = await a.trust().signRequest({ peerIss: b.iss(), ...request });
    await expect(verifier.verifyRequest({ authorization: again.authorization, ...request })).resolves.toMatchObject({
      peer: { iss: a.iss() },
    });
  });
});

describe('a signed request', () => {
  test('is good for one use, also over a restart of the receiver', async () => {
    await using a = await startTestServer();
    await using b = await startTestServer();
    await a.peers().registerPeer(await b.invitation(), { caller: adminCaller });
    const signed = await a.trust().signRequest({ peerIss: b.iss(), ...request });
    const verify = () =>
      b
        .connectAs('gateway')
        .client(TrustServiceService)
        .verifyRequest({ ...signed, ...request });
    await expect(verify()).resolves.toMatchObject({ peer: { iss: a.iss() } });
    await expect(verify()).rejects.toThrow(refused('REGISTRATION_SIGNATURE_REPLAYED'));
    await b.stop();
    await b.start();
    await expect(verify()).rejects.toThrow(refused('REGISTRATION_SIGNATURE_REPLAYED'));
  });

  test('is refused by every replica within five seconds of the end of the trust', async () => {
    await using a = await startTestServer();
    await using b = await startTestServer();
    await a.peers().registerPeer(await b.invitation(), { caller: adminCaller });
    await using replica = await startReplica(b);
    const verify = async () => {
      const { authorization } = await a.trust().signRequest({ peerIss: b.iss(), ...request });
      const client = b.connectTo(replica.address, 'gateway').client(TrustServiceService);
      return client.verifyRequest({ authorization, ...request });
    };
    await expect(verify()).resolves.toMatchObject({ peer: { iss: a.iss() } });
    a.front.fault = 'drop-request';
    const [peer] = (await b.peers().listPeers({})).peers;
    await b.peers().unregisterPeer({ id: peer?.id ?? 0, block: false }, { caller: adminCaller });
    await eventually(async () => {
      await expect(verify()).rejects.toThrow(refused('REGISTRATION_SIGNATURE_INVALID'));
      return true;
    }, 5_000);
  });
});

describe('a block', () => {
  test('counts for every replica within five seconds, and so does the new Key', async () => {
    await using a = await startTestServer();
    await using b = await startTestServer();
    await a.peers().registerPeer(await b.invitation(), { caller: adminCaller });
    const invitation = await b.invitation();
    await using replica = await startReplica(b);
    const ofReplica = b.connectTo(replica.address, 'gateway');
    const verify = async () => {
      const { authorization } = await a.trust().signRequest({ peerIss: b.iss(), ...request });
      return ofReplica.client(TrustServiceService).verifyRequest({ authorization, ...request });
    };
    await expect(verify()).resolves.toMatchObject({ peer: { iss: a.iss() } });
    a.front.fault = 'drop-request';
    const options = { caller: adminCaller, timeoutMs: 60_000 };
    const blocking = await b.peers().blockServer({ iss: a.iss(), dryRun: false }, options);
    expect(blocking).toMatchObject({ unregistered: true, peerTold: false, keyChanged: true, server: { relation: 'former' } });
    await eventually(async () => {
      await expect(verify()).rejects.toThrow(refused('REGISTRATION_SERVER_BLOCKED'));
      return true;
    }, 5_000);
    const { key } = await ofReplica.client(ServerServiceService).getInvitation({});
    expect([key, (await b.invitation()).key]).toEqual([(await b.invitation()).key, key]);
    expect(key).not.toBe(invitation.key);
    const { servers } = await ofReplica.client(ServerServiceService).listServers({});
    expect(servers[1]).toMatchObject({ relation: 'former', blockedSince: expect.any(Date) });
    // The key of before is gone from the database, not only unused.
    const { rows } = await b.pool.query('select count(*)::integer as secrets from registration.secrets');
    const { rows: others } = await a.pool.query('select count(*)::integer as secrets from registration.secrets');
    expect(rows).toEqual(others);
    await b.stop();
    await b.start();
    await expect(a.peers().registerPeer(await b.invitation(), options)).rejects.toThrow(refused('REGISTRATION_PEER_REFUSED'));
  });
});

describe('statements', () => {
  test('of one server are checked by the other, also after the trust ended', async () => {
    await using a = await startTestServer();
    await using b = await startTestServer();
    await a.peers().registerPeer(await b.invitation(), { caller: adminCaller });
    const payload = Buffer.from('a record');
    const { iss, signature } = await a.trust().signStatement({ purpose: 'record', payload });
    const verdict = async () => (await b.trust().verifyStatement({ iss, purpose: 'record', payload, signature })).verdict;
    await expect(verdict()).resolves.toBe('valid');
    await a.peers().unregisterPeer({ id: 1, block: false }, { caller: adminCaller });
    await expect(verdict()).resolves.toBe('valid');
    await b.stop();
    await b.start();
    await expect(verdict()).resolves.toBe('valid');
  });
});

describe('signers', () => {
  test('are described with what is taken of them', async () => {
    await using a = await startTestServer();
    await using b = await startTestServer();
    await a.peers().registerPeer(await b.invitation(), { caller: adminCaller });
    const { signers } = await a.trust().describeSigners({ toldByIss: b.iss(), isses: [b.iss(), a.iss(), 'nobody'] });
    expect(signers).toMatchObject([
      { iss: b.iss(), relation: 'peer', blocked: false, stageCap: 'Prod' },
      { iss: a.iss(), relation: 'self', blocked: false, stageCap: 'Prod' },
      { iss: 'nobody', relation: '', blocked: false, stageCap: '' },
    ]);
    expect(signers.map(({ publicKey }) => publicKey.length)).toEqual([32, 32, 0]);
  });
});

describe('events', () => {
  test('are read by other services, with who acted and without the address in what is published', async () => {
    await using a = await startTestServer();
    await using b = await startTestServer();
    await a.peers().registerPeer(await b.invitation(), { caller: adminCaller });
    const events = await Array.fromAsync(a.events().readEvents({ afterPosition: 0n, follow: false }));
    expect(events).toHaveLength(3);
    const { rows } = await a.pool.query('select metadata from registration.events order by position desc limit 1');
    expect(rows[0].metadata).toMatchObject({ actor: 'account:admin', remoteAddress: '192.0.2.1' });
    await eventually(async () => (await textOf(a, 'bus')).includes('account:admin'));
    expect(await textOf(a, 'bus')).not.toContain('192.0.2.1');
  });
});
