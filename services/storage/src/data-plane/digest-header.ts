/** A digest as RFC 9530 writes it, for Repr-Digest and Content-Digest. */
export function sha256Digest(sha256: Uint8Array | string): string {
  const bytes = typeof sha256 === 'string' ? Buffer.from(sha256, 'hex') : Buffer.from(sha256);
  return `sha-256=:${bytes.toString('base64')}:`;
}
