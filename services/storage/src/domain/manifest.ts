import { chunkCount, OdstError } from '@odst/kernel';

const sha1Bytes = 20;
const sha256Bytes = 32;

/** `ODSM` in ASCII: the first bytes of every manifest. */
const magic = [0x4f, 0x44, 0x53, 0x4d];
const formatVersion = 1;
const headerBytes = magic.length + 1 + 8 + sha1Bytes + sha256Bytes;

/** Size and digests of a blob and of each of its chunks. */
export type Manifest = {
  readonly sizeBytes: number;
  /** 40 hex digits. */
  readonly sha1: string;
  /** 64 hex digits. */
  readonly sha256: string;
  /** SHA-1 of each chunk in order, 20 bytes each. */
  readonly chunkSha1s: Uint8Array;
  /** SHA-256 of each chunk in order, 32 bytes each. */
  readonly chunkSha256s: Uint8Array;
};

/**
 * The canonical bytes of a manifest, the same on every server; their SHA-256 is the manifest's digest.
 *
 * Layout, version 1, numbers big-endian: `ODSM` · version (1 byte) · size (8) · SHA-1 (20) · SHA-256 (32) ·
 * n × chunk SHA-1 (20) · n × chunk SHA-256 (32), where n = ⌈size ÷ 1,048,576⌉. Nothing else, so one manifest has
 * one encoding.
 */
export function encodeManifest(manifest: Manifest): Uint8Array {
  const count = chunkCount(manifest.sizeBytes);
  if (manifest.chunkSha1s.length !== count * sha1Bytes || manifest.chunkSha256s.length !== count * sha256Bytes) {
    throw new RangeError(`a manifest of ${manifest.sizeBytes} bytes has ${count} chunks`);
  }
  const bytes = new Uint8Array(headerBytes + count * (sha1Bytes + sha256Bytes));
  bytes.set(magic, 0);
  const view = new DataView(bytes.buffer);
  view.setUint8(4, formatVersion);
  view.setBigUint64(5, BigInt(manifest.sizeBytes));
  bytes.set(fromHex(manifest.sha1, sha1Bytes), 13);
  bytes.set(fromHex(manifest.sha256, sha256Bytes), 13 + sha1Bytes);
  bytes.set(manifest.chunkSha1s, headerBytes);
  bytes.set(manifest.chunkSha256s, headerBytes + count * sha1Bytes);
  return bytes;
}

/**
 * The reverse of {@link encodeManifest}.
 * @throws OdstError STORAGE_MANIFEST_INVALID for anything that `encodeManifest` did not make
 */
export function decodeManifest(bytes: Uint8Array): Manifest {
  const invalid = (reason: string) => new OdstError('STORAGE_MANIFEST_INVALID', reason);
  if (bytes.length < headerBytes) throw invalid(`a manifest has at least ${headerBytes} bytes, this one ${bytes.length}`);
  if (magic.some((byte, index) => bytes[index] !== byte)) throw invalid('these bytes are no manifest');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint8(4) !== formatVersion) throw invalid(`manifest version ${view.getUint8(4)} is not known here`);
  const size = view.getBigUint64(5);
  if (size > BigInt(Number.MAX_SAFE_INTEGER)) throw invalid(`a size of ${size} bytes is impossible`);
  const sizeBytes = Number(size);
  const count = chunkCount(sizeBytes);
  const expectedBytes = headerBytes + count * (sha1Bytes + sha256Bytes);
  if (bytes.length !== expectedBytes) {
    throw invalid(`a manifest of ${count} chunks has ${expectedBytes} bytes, this one ${bytes.length}`);
  }
  const sha256sStart = headerBytes + count * sha1Bytes;
  return {
    sizeBytes,
    sha1: toHex(bytes.subarray(13, 13 + sha1Bytes)),
    sha256: toHex(bytes.subarray(13 + sha1Bytes, headerBytes)),
    chunkSha1s: bytes.slice(headerBytes, sha256sStart),
    chunkSha256s: bytes.slice(sha256sStart),
  };
}

/** SHA-256 of a chunk, 32 bytes. @throws RangeError outside the blob */
export function chunkSha256(manifest: Manifest, index: number): Uint8Array {
  const digest = manifest.chunkSha256s.subarray(index * sha256Bytes, (index + 1) * sha256Bytes);
  if (digest.length !== sha256Bytes) throw new RangeError(`chunk ${index} is outside the blob`);
  return digest;
}

/** Lower case hex. */
export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function fromHex(hex: string, length: number): Uint8Array {
  if (!new RegExp(`^[0-9a-f]{${length * 2}}$`).test(hex)) throw new RangeError(`not ${length} bytes in lower case hex: ${hex}`);
  return Uint8Array.from({ length }, (_, index) => Number.parseInt(hex.slice(index * 2, index * 2 + 2), 16));
}
