import { describe, expect, test } from 'vitest';
import { packageStream, packageUuid } from '../../src/domain/package-identity.ts';
import { contentOf, issOf, shaOf } from '../support/records.ts';
import { createTestServer } from '../support/test-server.ts';

const dayMs = 24 * 3_600_000;
const names = ['One.pkg', 'Two.pkg', 'Three.pkg'] as const;

/** A server whose second package no command can be decided on, from now on. */
function breakSecond(server: ReturnType<typeof createTestServer>): void {
  server.settings.brokenStreams.add(packageStream(packageUuid('Two.pkg')));
}

const warnings = (server: ReturnType<typeof createTestServer>) =>
  server.logged.map(({ level, filename, msg }) => `${level} ${filename}: ${msg}`);

describe('a package that fails', () => {
  test('keeps no other one from its place: it is named in the log, reported, and tried again', async () => {
    const [a, b] = [createTestServer(issOf('a')), createTestServer(issOf('b'))];
    for (const [index, filename] of names.entries()) {
      const { package: made } = await a.upload(index, `${index + 1}`, 'Dev', { filename });
      await b.offer(await a.record(made?.uuid), a.iss);
    }
    await b.sweepAll();
    b.settings.stage = 'Dev';
    breakSecond(b);
    await expect(b.sweepAll()).rejects.toThrow('an event that no program can read');
    const wanted = async () => (await b.find.wanted({ after: '', limit: 0 })).contents.map(({ sha256 }) => sha256);
    expect(await wanted()).toEqual([shaOf('1'), shaOf('3')]);
    expect(warnings(b)).toEqual([
      'warn Two.pkg: the package could not be brought into its place; the others go on, and it is tried again',
    ]);
    await expect(b.sweepAll()).rejects.toThrow('an event that no program can read');
    b.settings.brokenStreams.clear();
    await b.sweepAll();
    expect(await wanted()).toEqual([shaOf('1'), shaOf('2'), shaOf('3')]);
  });

  test('keeps no other one in the trash or without its seal, and the rest of the sweep is done', async () => {
    const a = createTestServer(issOf('a'));
    for (const [index, filename] of names.entries()) {
      await a.upload(index, '1', 'Prod', { filename });
      await a.upload(index + 10, '2', 'Prod', { filename, replace: true });
    }
    await a.upload(20, '3', 'Prod', { filename: 'Early.pkg', manifestDigest: '' });
    a.manifests.set(shaOf('3'), contentOf('3').manifestDigest);
    a.clock.advance(31 * dayMs);
    breakSecond(a);
    await expect(a.sweepAll()).rejects.toThrow('an event that no program can read');
    expect((await a.list({ inTrash: true })).map(({ filename }) => filename)).toEqual(['Two.pkg']);
    expect((await a.state('Early.pkg')).served?.content).toEqual(contentOf('3'));
    expect(warnings(a)).toEqual([
      'warn Two.pkg: the package could not be taken out of the trash; the others go on, and it is tried again',
    ]);
  });

  test('is told from a service that is out of reach: after three in a row the rest waits for the next sweep', async () => {
    const a = createTestServer(issOf('a'));
    for (let number = 1; number <= 6; number += 1) {
      await a.upload(number, '1', 'Prod', { filename: `${number}.pkg`, manifestDigest: '' });
    }
    a.manifests.set(shaOf('1'), contentOf('1').manifestDigest);
    a.settings.reachable = false;
    await expect(a.sweepAll()).rejects.toMatchObject({ code: 'COMMON_SERVICE_UNAVAILABLE' });
    expect(a.logged).toHaveLength(3);
    a.settings.reachable = true;
    await a.sweepAll();
    expect((await a.state('6.pkg')).served?.content).toEqual(contentOf('1'));
  });
});
