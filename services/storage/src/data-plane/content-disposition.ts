/**
 * Content-Disposition that saves under this name (RFC 6266): in ASCII for old clients, and in UTF-8 (RFC 8187) where
 * that says less than the name does.
 */
export function attachment(filename: string): string {
  const ascii = filename.replace(/[^\x20-\x7e]/gu, '_');
  const quoted = `attachment; filename="${ascii.replace(/["\\]/g, '\\$&')}"`;
  // A percent sign in the plain form is decoded by some clients.
  if (ascii === filename && !filename.includes('%')) return quoted;
  const encoded = encodeURIComponent(filename).replace(/['()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);
  return `${quoted}; filename*=UTF-8''${encoded}`;
}
