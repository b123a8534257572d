import { writeFileSync } from 'node:fs';
import { rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createLogger, createMetrics, createSilentLogger } from '@odst/telemetry';
import {
  commandExists,
  createTestAuthority,
  eventually,
  manualClock,
  requirement,
  type TestCertificate,
  temporaryDirectory,
} from '@odst/testing';
import { describe, expect, test } from 'vitest';
import { type Certificate, createReadiness, openListenerTls, readinessLines } from '../../src/index.ts';

const dayMs = 86_400_000;

describe.skipIf(!(await requirement('openssl', () => commandExists('openssl'))))('the certificate of listeners', () => {
  async function open(days = 90) {
    await using stack = new AsyncDisposableStack();
    const folder = stack.use(await temporaryDirectory());
    const authority = createTestAuthority(folder.path);
    const [certFile, keyFile] = [join(folder.path, 'cert.pem'), join(folder.path, 'key.pem')];
    // At once: between the two the looks would find a fault that is none.
    const write = ({ cert, key }: TestCertificate) => {
      writeFileSync(certFile, cert);
      writeFileSync(keyFile, key);
    };
    const first = authority.issue('DNS:localhost', days);
    write(first);
    const lines: string[] = [];
    const logger = createLogger({ name: 'test', destination: { write: (line) => lines.push(line) } });
    const readiness = createReadiness();
    const metrics = createMetrics({ logger: createSilentLogger() });
    const clock = manualClock(new Date());
    const settings = { ODST_TLS_CERT: certFile, ODST_TLS_KEY: keyFile };
    const tls = stack.use(await openListenerTls({ settings, readiness, metrics, logger, clock, intervalMs: 20 }));
    if (tls === undefined) throw new Error('no TLS');
    const renewed: Certificate[] = [];
    tls.onRenewed((certificate) => renewed.push(certificate));
    const all = stack.move();
    return {
      ...{ folder, authority, certFile, keyFile, write, first, tls, clock, metrics, renewed },
      ready: () => readinessLines(readiness.snapshot()),
      logged: (words: string) => lines.filter((line) => line.includes(words)),
      [Symbol.asyncDispose]: () => all.disposeAsync(),
    };
  }

  test('is read again when its files are written in place, and when others take their place', async () => {
    await using one = await open();
    const { authority, certFile, keyFile, folder, tls, renewed } = one;
    const second = authority.issue('DNS:localhost');
    one.write(second);
    await eventually(() => tls.certificate.cert === second.cert && tls.certificate.key === second.key);
    const third = authority.issue('DNS:localhost');
    for (const [file, text] of [
      [certFile, third.cert],
      [keyFile, third.key],
    ] as const) {
      await writeFile(`${file}.new`, text);
      await rename(`${file}.new`, file);
    }
    await eventually(() => tls.certificate.cert === third.cert);
    // As certbot does: links lead to numbered files, and are made anew.
    const fourth = authority.issue('DNS:localhost');
    for (const [file, name, text] of [
      [certFile, 'cert4', fourth.cert],
      [keyFile, 'key4', fourth.key],
    ] as const) {
      await writeFile(join(folder.path, name), text);
      await symlink(name, `${file}.link`);
      await rename(`${file}.link`, file);
    }
    await eventually(() => tls.certificate.cert === fourth.cert);
    expect(renewed.map(({ cert }) => cert)).toEqual([second.cert, third.cert, fourth.cert]);
    expect(one.logged('was renewed')).toHaveLength(3);
    expect(await one.metrics.page()).toContain(
      `odst_tls_certificate_expiry_timestamp_seconds ${tls.certificate.endsAt.getTime() / 1_000}`,
    );
  });

  test.each<[string, (mine: TestCertificate, other: TestCertificate) => TestCertificate, string]>([
    ['half a file', (mine) => ({ ...mine, cert: mine.cert.slice(0, 300) }), 'has no end'],
    ['a key of another', (mine, other) => ({ cert: mine.cert, key: other.key }), 'is not the key of the certificate'],
    ['nothing', () => ({ cert: '', key: '' }), 'holds nothing'],
  ])('stays when a renewal brings %s, which is warned of once and shown, until it is mended', async (_what, spoil, words) => {
    await using one = await open();
    const { authority, tls } = one;
    const [second, other] = [authority.issue('DNS:localhost'), authority.issue('DNS:localhost')];
    expect(one.ready()).toMatch(/^ok certificate: ends \d{4}-\S+Z\n$/);
    one.write(spoil(second, other));
    await eventually(() => one.ready().includes('cannot be used, see the log'));
    expect(one.ready()).toMatch(/^ok certificate: ends .*; the files of a newer one cannot be used, see the log\n$/);
    expect(tls.certificate.cert).toBe(one.first.cert);
    for (let looks = 0; looks < 5; looks += 1) tls.look();
    one.write(second);
    await eventually(() => tls.certificate.cert === second.cert);
    expect(one.logged('cannot be used')).toEqual([expect.stringContaining(words)]);
    await eventually(() => !one.ready().includes('cannot be used'));
  });

  test('that ends within 14 days is warned of once a day', async () => {
    await using one = await open(20);
    const { clock } = one;
    expect(one.logged('ends soon')).toEqual([]);
    clock.advance(7 * dayMs);
    await eventually(() => one.logged('ends soon').length === 1);
    clock.advance(dayMs);
    await eventually(() => one.logged('ends soon').length === 2);
    clock.advance(13 * dayMs);
    await eventually(() => one.logged('has ended').length === 1);
    expect(one.logged('ends soon')).toHaveLength(2);
    expect(one.ready()).toMatch(/^ok certificate: ended /);
  });
});
