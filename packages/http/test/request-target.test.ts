import fc from 'fast-check';
import { expect, test } from 'vitest';
import { normalTarget, pathOf, takeTarget } from '../src/request-target.ts';

test.each([
  ['/', '/'],
  ['//', '/'],
  ['', '/'],
  ['//Packages/x.pkg', '/Packages/x.pkg'],
  ['/Packages//x.pkg', '/Packages/x.pkg'],
  ['////Packages////x.pkg///', '/Packages/x.pkg'],
  ['/Packages/x.pkg/', '/Packages/x.pkg'],
  ['/Packages/', '/Packages'],
  ['//evil.example/x', '/evil.example/x'],
  ['/api/admin/packages/?a=//b/', '/api/admin/packages?a=//b/'],
  ['/?http://x//y', '/?http://x//y'],
  ['/%41pi/%7Eadmin', '/Api/~admin'],
  ['/Zu%cc%88rich.pkg', '/Zu%CC%88rich.pkg'],
  ['/share%2fx//%2F', '/share%2Fx/%2F'],
  ['/share/%2e%2E/api', '/share/../api'],
  ['/share/../api/./x', '/share/../api/./x'],
  ['/share/%252e%252e/x', '/share/%252e%252e/x'],
  ['/share/a+b%20c%zz%', '/share/a+b%20c%zz%'],
  ['/share/a#b?c#d', '/share/a%23b?c#d'],
  ['/share\\..\\x', '/share\\..\\x'],
  ['http://host:8080//Packages/x?q=//', '/Packages/x?q=//'],
  ['HTTPS://host', '/'],
  ['http://host?q', '/?q'],
  ['http://user:secret@host/x', '/x'],
  ['ftp://host/x', '/ftp:/host/x'],
  ['*', '*'],
  ['*api/admin/about', '/*api/admin/about'],
])('%s is %s', (target, normal) => {
  expect(normalTarget(target)).toBe(normal);
});

test('a normal target is its own normal form, and is a path of this server', () => {
  const piece = fc.constantFrom('/', '//', '.', '..', '%2e', '%2F', '%25', '%', '#', '?', '\\', 'x', 'http:', '@', '*', 'é');
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const normal = normalTarget(pieces.join(''));
      expect(normalTarget(normal)).toBe(normal);
      expect(pathOf(normal)).toMatch(/^(?:\*|\/(?!\/).*)$/);
      expect(pathOf(normal)).not.toMatch(/\/\/|.\/$/);
    }),
  );
});

test('the host of an absolute-form target counts, not the header', () => {
  const headers = { host: 'one.example' };
  expect(takeTarget({ url: 'http://user@two.example:81/x', headers })).toBe('/x');
  expect(headers).toEqual({ host: 'two.example:81' });
  expect(takeTarget({ url: '/http://three.example/x', headers })).toBe('/http:/three.example/x');
  expect(headers).toEqual({ host: 'two.example:81' });
});
