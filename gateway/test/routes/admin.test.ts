import type { ListPackagesRequest, Package } from '@odst/contracts/catalog';
import { OdstError } from '@odst/kernel';
import { describe, expect, test } from 'vitest';
import { content, head, nomad, testApp } from '../test-app.ts';

const server = {
  iss: 'e'.repeat(32),
  name: 'Berlin',
  url: 'https://ods.example',
  stage: 'Prod',
  firewalledMode: false,
  publicKey: new Uint8Array(32),
  policy: { deletions: 'follow', trashDays: 30 },
  version: 1n,
};

const nomadRow = {
  created: '2017-11-11T03:15:54',
  created_ts: 1_510_370_154,
  file_size: 3_460_301,
  file_size_hr: '3.3 MB',
  filename: 'NoMAD.pkg',
  id: 7,
  sha1: 'a'.repeat(40),
  sha256: 'b'.repeat(64),
  stage: 'Test',
  status: 'Public',
  uuid: '0123456789abcdef0123456789abcdef',
};

describe('about', () => {
  test('tells the settings, and the key to an admin', async () => {
    const app = await testApp({ server: { getServer: async () => ({ server }), getInvitation: async () => ({ key: 'S2V5' }) } });
    const answer = await app.inject('/api/admin/about');
    expect(answer.json()).toEqual({
      firewalled_mode: false,
      iss: server.iss,
      key: 'S2V5',
      name: 'Berlin',
      stage: 'Prod',
      url: 'https://ods.example',
    });
  });

  test.each(['/api/admin/about', '/api/admin/about/update'])(
    'POST %s changes what is given and answers 201, empty',
    async (url) => {
      const updates: unknown[] = [];
      const updateSettings = async (request: unknown) => {
        updates.push(request);
        return { server, warnings: [] };
      };
      const app = await testApp({ server: { updateSettings } });
      const answer = await app.inject({ method: 'POST', url, payload: { name: 'Paris', firewalled_mode: 'Enabled' } });
      expect(answer.statusCode).toBe(201);
      expect(answer.headers['content-type']).toContain('text/html');
      expect(answer.body).toBe('');
      expect(updates).toEqual([{ name: 'Paris', firewalledMode: true }]);
      expect(answer.headers).not.toHaveProperty('odst-warning');
    },
  );

  test('what there is to know of a new URL stands in a header, as the documented answer is empty', async () => {
    const updateSettings = async () => ({ server, warnings: ['Zürich does not\nanswer', 'register again'] });
    const app = await testApp({ server: { updateSettings } });
    const answer = await app.inject({ method: 'POST', url: '/api/admin/about', payload: { url: 'https://b.example' } });
    expect([answer.statusCode, answer.body]).toEqual([201, '']);
    expect(answer.headers['odst-warning']).toBe('Z?rich does not?answer; register again');
  });

  test.each([
    ['an unknown stage', { stage: 'Production' }, '/stage'],
    ['a mode of another type', { firewalled_mode: true }, '/firewalled_mode'],
    ['the identity', { iss: 'f'.repeat(32) }, '/iss'],
    ['nothing', {}, '/'],
  ])('refuses %s and changes nothing', async (_what, payload, pointer) => {
    const app = await testApp({});
    const answer = await app.inject({ method: 'POST', url: '/api/admin/about', payload });
    expect(answer.statusCode).toBe(422);
    expect(answer.json()).toMatchObject({ code: 'COMMON_REQUEST_INVALID', errors: [{ pointer }] });
  });
});

describe('packages', () => {
  test('are listed with the documented keys', async () => {
    const app = await testApp({ packages: { listPackages: async () => ({ packages: [nomad], next: '' }) } });
    const answer = await app.inject('/api/admin/packages');
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(answer.json()).toEqual({ items: [nomadRow] });
  });

  test('are listed without any', async () => {
    const app = await testApp({ packages: { listPackages: async () => ({ packages: [], next: '' }) } });
    expect((await app.inject('/api/admin/packages')).json()).toEqual({ items: [] });
  });

  test('are listed all, whatever a page of catalog holds, and without one that has no content', async () => {
    const pages: Record<string, readonly Package[]> = {
      '': [nomad, { ...nomad, id: 8 }],
      a: [{ ...nomad, heads: [], stage: '', content: undefined }],
      b: [],
      c: [{ ...nomad, id: 9 }],
    };
    const following: Record<string, string> = { '': 'a', a: 'b', b: 'c', c: '' };
    const listPackages = async ({ after }: ListPackagesRequest) => ({
      packages: pages[after] ?? [],
      next: following[after] ?? '',
    });
    const app = await testApp({ packages: { listPackages } });
    expect((await app.inject('/api/admin/packages')).json()).toEqual({
      items: [nomadRow, { ...nomadRow, id: 8 }, { ...nomadRow, id: 9 }],
    });
    expect((await app.inject({ method: 'HEAD', url: '/api/admin/packages' })).statusCode).toBe(200);
  });

  test('that cannot be listed are a problem document, and a list that breaks off is no list', async () => {
    const away = new OdstError('COMMON_SERVICE_UNAVAILABLE', 'catalog is away');
    const listPackages = async ({ after }: ListPackagesRequest) => {
      if (after === 'c') throw away;
      return { packages: [nomad], next: after === '' ? 'b' : 'c' };
    };
    const app = await testApp({ packages: { listPackages } });
    await expect(app.inject('/api/admin/packages')).rejects.toThrow();
    const failing = async () => {
      throw away;
    };
    const none = await testApp({ packages: { listPackages: failing } });
    expect((await none.inject('/api/admin/packages')).json()).toMatchObject({ status: 503, code: 'COMMON_SERVICE_UNAVAILABLE' });
  });

  test('are shown by the head that they are listed under, whatever others have', async () => {
    const heads = [head('Dev', { content: content('e'.repeat(64)) }), head('Prod')];
    const shown = { ...nomad, heads, stage: 'Prod', serves: 'Prod' };
    const app = await testApp({ packages: { listPackages: async () => ({ packages: [shown], next: '' }) } });
    expect((await app.inject('/api/admin/packages')).json().items).toEqual([{ ...nomadRow, stage: 'Prod' }]);
  });

  test('are read a page at a time, the next one when the one before it was taken', async () => {
    const asked: string[] = [];
    const listPackages = async ({ after, limit }: ListPackagesRequest) => {
      asked.push(after);
      const packages = Array.from({ length: limit }, (_, index) => ({ ...nomad, id: index + 1 }));
      return { packages, next: after === '19' ? '' : `${Number(after) + 1}` };
    };
    const app = await testApp({ packages: { listPackages } });
    const { raw, payload } = await app.inject({ url: '/api/admin/packages', payloadAsStream: true }).then((answer) => ({
      raw: answer.stream(),
      payload: answer,
    }));
    expect(payload.statusCode).toBe(200);
    await new Promise((resolve) => raw.once('readable', resolve));
    expect(asked.length).toBeLessThan(10);
    const items = JSON.parse((await raw.setEncoding('utf8').toArray()).join('')).items;
    expect([items.length, asked.length]).toEqual([10_000, 20]);
  });

  test('one package has its chunks', async () => {
    const chunkSha1s = Buffer.from('11'.repeat(20) + '22'.repeat(20), 'hex');
    const app = await testApp({
      packages: { getPackage: async ({ reference }) => ({ package: reference === 'Büro 1.pkg' ? nomad : undefined }) },
      blobs: { getManifest: async () => ({ manifest: new Uint8Array(), chunkSha1s }) },
    });
    const answer = await app.inject(`/api/admin/packages/${encodeURIComponent('Büro 1.pkg')}`);
    expect(answer.json()).toEqual({
      ...nomadRow,
      chunks: [
        { index: 0, sha1: '11'.repeat(20) },
        { index: 1, sha1: '22'.repeat(20) },
      ],
    });
  });

  test('a package whose bytes are still on the way has no chunks yet', async () => {
    const app = await testApp({
      packages: { getPackage: async () => ({ package: nomad }) },
      blobs: {
        getManifest: async () => {
          throw new OdstError('STORAGE_BLOB_UNKNOWN', 'not here');
        },
      },
    });
    expect((await app.inject('/api/admin/packages/7')).json()).toMatchObject({ id: 7, chunks: [] });
  });

  test('an unknown one is 404, also under a name of 255 bytes', async () => {
    const getPackage = async () => {
      throw new OdstError('CATALOG_PACKAGE_UNKNOWN', 'there is none');
    };
    const app = await testApp({ packages: { getPackage } });
    const answer = await app.inject(`/api/admin/packages/${encodeURIComponent('ü'.repeat(127))}`);
    expect(answer.statusCode).toBe(404);
    expect(answer.json()).toMatchObject({ code: 'CATALOG_PACKAGE_UNKNOWN' });
  });
});

describe('peers', () => {
  test('a registration answers 201, empty', async () => {
    const app = await testApp({ peers: { registerPeer: async () => ({ peer: undefined, warnings: [], wasRegistered: false }) } });
    const answer = await app.inject({
      method: 'POST',
      url: '/api/admin/register',
      payload: { url: 'https://b', iss_id: 'i', key: 'k' },
    });
    expect(answer.statusCode).toBe(201);
    expect(answer.headers['content-type']).toContain('text/html');
    expect(answer.body).toBe('');
  });

  test('a registration without a key is refused and says what is missing', async () => {
    const app = await testApp({});
    const answer = await app.inject({ method: 'POST', url: '/api/admin/register', payload: { url: 'https://b', iss_id: 'i' } });
    expect(answer.statusCode).toBe(422);
    expect(answer.json().detail).toContain('key');
  });

  test('are listed with the documented keys', async () => {
    const peer = {
      ...server,
      id: 2,
      registeredAt: new Date('2018-01-02T03:04:05Z'),
      clockOffsetMs: 0n,
      stageCap: 'Prod',
      introduces: true,
    };
    const app = await testApp({ peers: { listPeers: async () => ({ peers: [peer] }) } });
    expect((await app.inject('/api/admin/registered_ods')).json()).toEqual({
      items: [
        {
          firewalled_mode: false,
          id: 2,
          name: 'Berlin',
          registered_on: '2018-01-02T03:04:05',
          registered_on_ts: 1_514_862_245,
          stage: 'Prod',
          url: 'https://ods.example',
        },
      ],
    });
  });
});

test('the system page has every documented key', async () => {
  const disk = { freeBytes: 1024n, totalBytes: 4096n, usedBytes: 3072n };
  const app = await testApp({ blobs: { getDisk: async () => disk } });
  const answer = (await app.inject('/api/admin/system')).json();
  expect(answer).toMatchObject({
    disk_free: 1024,
    disk_free_hr: '1.0 KB',
    disk_used: 3072,
    uptime: 30_806,
    uptime_hr: '8:33:26',
  });
  expect(Object.keys(answer).sort()).toEqual(
    ['cpu_count', 'uptime', 'uptime_hr']
      .concat(
        [
          'disk_free',
          'disk_total',
          'disk_used',
          'mem_available',
          'mem_total',
          'mem_used',
          'network_bytes_received',
          'network_bytes_sent',
        ].flatMap((name) => [name, `${name}_hr`]),
      )
      .sort(),
  );
  expect(answer.mem_total).toBeGreaterThan(answer.mem_used);
});
