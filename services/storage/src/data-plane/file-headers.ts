/**
 * Types that say more than that it is bytes. Nothing that a browser would open as a page of this server is among them, whatever
 * extensions an admin allows.
 */
const typesByExtension: Readonly<Record<string, string>> = {
  dmg: 'application/x-apple-diskimage',
  zip: 'application/zip',
};

/** Content-Type of a file of this name. */
export function contentTypeOf(filename: string): string {
  const [, extension = ''] = /\.([^.]+)$/.exec(filename) ?? [];
  const lower = extension.toLowerCase();
  return Object.hasOwn(typesByExtension, lower) ? (typesByExtension[lower] ?? '') : 'application/octet-stream';
}

/** Names that every client reads alike as a quoted string. Chromium for one leaves out a lone `=`; others decode a percent sign. */
const plain = /^[\w.+()-]+(?: [\w.+()-]+)*$/;

/**
 * Content-Disposition that saves under this name (RFC 6266): in ASCII for old clients, and in UTF-8 (RFC 8187) where
 * clients may make something else of that.
 */
export function attachment(filename: string): string {
  // Some clients do not undo the escapes of a quoted string (RFC 6266 appendix D): what needs one stands in the other form alone.
  const ascii = filename.replace(/[^\x20-\x7e]|["\\]/gu, '_');
  const quoted = `attachment; filename="${ascii}"`;
  if (plain.test(filename)) return quoted;
  const encoded = encodeURIComponent(filename).replace(/['()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);
  return `${quoted}; filename*=UTF-8''${encoded}`;
}
