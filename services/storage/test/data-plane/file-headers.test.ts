import { expect, test } from 'vitest';
import { attachment, contentTypeOf } from '../../src/data-plane/file-headers.ts';

test('quotes plain names', () => {
  expect(attachment('NoMAD.pkg')).toBe('attachment; filename="NoMAD.pkg"');
  expect(attachment('Adobe Suite (1) 2.0+3_x-y.pkg')).toBe('attachment; filename="Adobe Suite (1) 2.0+3_x-y.pkg"');
});

test('adds the true name where ASCII does not hold it, or clients read something else', () => {
  expect(attachment('a = b.pkg')).toBe(`attachment; filename="a = b.pkg"; filename*=UTF-8''a%20%3D%20b.pkg`);
  expect(attachment('a  b.pkg')).toBe(`attachment; filename="a  b.pkg"; filename*=UTF-8''a%20%20b.pkg`);
  expect(attachment('Größe (1).pkg')).toBe(
    `attachment; filename="Gr__e (1).pkg"; filename*=UTF-8''Gr%C3%B6%C3%9Fe%20%281%29.pkg`,
  );
  expect(attachment('100%.pkg')).toBe(`attachment; filename="100%.pkg"; filename*=UTF-8''100%25.pkg`);
  expect(attachment('📦.pkg')).toBe(`attachment; filename="_.pkg"; filename*=UTF-8''%F0%9F%93%A6.pkg`);
  expect(attachment('say "hi".pkg')).toBe(`attachment; filename="say _hi_.pkg"; filename*=UTF-8''say%20%22hi%22.pkg`);
  expect(attachment('a\\b.pkg')).toBe(`attachment; filename="a_b.pkg"; filename*=UTF-8''a%5Cb.pkg`);
});

test.each([
  ['NoMAD.pkg', 'application/octet-stream'],
  ['Suite.mpkg', 'application/octet-stream'],
  ['Disk.DMG', 'application/x-apple-diskimage'],
  ['Tools.tar.zip', 'application/zip'],
  ['none', 'application/octet-stream'],
  ['.zip', 'application/zip'],
  ['a.', 'application/octet-stream'],
  // What a browser would open as a page of this server.
  ['page.html', 'application/octet-stream'],
  ['image.svg', 'application/octet-stream'],
  ['x.constructor', 'application/octet-stream'],
  ['x.__proto__', 'application/octet-stream'],
])('the type of %s is %s', (name, type) => expect(contentTypeOf(name)).toBe(type));
