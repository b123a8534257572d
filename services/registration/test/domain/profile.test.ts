import { describe, expect, test } from 'vitest';
import { checkBaseUrl } from '../../src/domain/profile.ts';

const check = (url: string) => checkBaseUrl(url, 'REGISTRATION_PEER_INVALID');

describe('the URL of a server', () => {
  test.each([
    ['https://ods.example.org', 'https://ods.example.org'],
    ['https://ods.example.org/', 'https://ods.example.org'],
    ['HTTPS://ODS.Example.ORG', 'https://ods.example.org'],
    ['https://ods.example.org:443', 'https://ods.example.org'],
    ['https://ods.example.org:8443/', 'https://ods.example.org:8443'],
    ['http://10.0.0.1:80', 'http://10.0.0.1'],
    ['http://0x7f.1:8080', 'http://127.0.0.1:8080'],
    ['http://[::1]:8080/', 'http://[::1]:8080'],
    ['http://[FD00:0:0::1]', 'http://[fd00::1]'],
    ['https://bücher.example', 'https://xn--bcher-kva.example'],
    ['https://ods', 'https://ods'],
  ])('%s is kept as %s', (url, kept) => {
    expect(check(url)).toBe(kept);
    expect(check(kept)).toBe(kept);
  });

  test.each([
    ['', 'is not one like https://ods.example.com'],
    ['ods.example.org', 'is not one like https://ods.example.com'],
    ['https://', 'is not one like https://ods.example.com'],
    ['https://ods.example.org :8080', 'is not one like https://ods.example.com'],
    ['https://ods\t.example.org', 'is not one like https://ods.example.com'],
    ['\u0001https://ods.example.org', 'is not one like https://ods.example.com'],
    ['https://ods.example.org:99999', 'is not one like https://ods.example.com'],
    ['http://[fe80::1%25eth0]', 'is not one like https://ods.example.com'],
    ['ods.example.org:8080', 'begins with neither https:// nor http://'],
    ['localhost:8080', 'begins with neither https:// nor http://'],
    ['https:ods.example.org', 'begins with neither https:// nor http://'],
    ['https:/ods.example.org', 'begins with neither https:// nor http://'],
    ['https:///ods.example.org', 'begins with neither https:// nor http://'],
    ['https:\\\\ods.example.org', 'begins with neither https:// nor http://'],
    ['ftp://ods.example.org', 'begins with neither https:// nor http://'],
    ['javascript:alert(1)', 'begins with neither https:// nor http://'],
    ['https://admin:planted@ods.example.org', 'contains a user name or password'],
    ['https://ods.example.org?', 'contains a query or fragment'],
    ['https://ods.example.org/?a=planted', 'contains a query or fragment'],
    ['https://ods.example.org/#', 'contains a query or fragment'],
    [
      'https://ods.example.org/api/docs',
      'contains a path; a server has a host name, or a port, of its own. Without the path it is https://ods.example.org',
    ],
    ['https://ods.example.org\\login', 'contains a path'],
    ['http://127.0.0.1:0', 'names port 0, to which nobody can connect'],
    ['http://0.0.0.0:8080', 'names 0.0.0.0, to which nobody can connect'],
    ['http://0:8080', 'names 0.0.0.0, to which nobody can connect'],
    ['http://[::]:8080', 'names [::], to which nobody can connect'],
    ['http://[::ffff:0.0.0.0]', 'names [::ffff:0:0], to which nobody can connect'],
  ])('%s is refused, as it %s', (url, words) => {
    const refuse = () => check(url);
    expect(refuse).toThrow(expect.objectContaining({ code: 'REGISTRATION_PEER_INVALID', details: { pointer: '/url' } }));
    expect(refuse).toThrow(`the URL ${words}`);
    expect(refuse).not.toThrow('planted');
  });
});
