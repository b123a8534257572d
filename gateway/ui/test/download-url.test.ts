import { describe, expect, test } from 'vitest';
import { curlLine, downloadUrl } from '../src/features/package/download-url.ts';

const origin = 'http://127.0.0.1:8080';
const odd = [
  "it's (1)!.pkg",
  'Zürich Drivers ñ.pkg',
  '$(rm -rf x) `y`.pkg',
  'ملف.pkg',
  '🚀*?[a].pkg',
  '-o.pkg',
  'a"b\\c;d&e|f<g>h.pkg',
  '%41.pkg',
];

describe('the line for curl', () => {
  test.each([
    ['Tool.pkg', "curl --fail --output 'Tool.pkg' 'http://127.0.0.1:8080/share/Tool.pkg'"],
    ["it's.pkg", String.raw`curl --fail --output 'it'\''s.pkg' 'http://127.0.0.1:8080/share/it%27s.pkg'`],
    ['-o.pkg', "curl --fail --output './-o.pkg' 'http://127.0.0.1:8080/share/-o.pkg'"],
  ])('is one that a shell takes as it is meant: %s', (name, line) => {
    expect(curlLine(downloadUrl(origin, name), name)).toBe(line);
  });

  test('leaves the brackets of an address of IPv6 alone', () => {
    expect(curlLine(downloadUrl('http://[::1]:8080', 'a.pkg'), 'a.pkg')).toBe(
      "curl --fail --globoff --output 'a.pkg' 'http://[::1]:8080/share/a.pkg'",
    );
  });
});

describe('the address of a download', () => {
  test.each(odd)('has nothing in it that is a sign to a shell, and names the file: %s', (name) => {
    const url = downloadUrl(origin, name);
    expect(url).toMatch(/^[\w.:/%~-]+$/);
    expect(decodeURIComponent(new URL(url).pathname)).toBe(`/share/${name}`);
  });
});
