import { randomBytes, randomUUID } from 'node:crypto';
import type { Random } from '../app/ports.ts';

/** The system's cryptographic generator. */
export const nodeRandom: Random = {
  bytes: (sizeBytes) => new Uint8Array(randomBytes(sizeBytes)),
  uuid: () => randomUUID(),
  fraction: () => randomBytes(4).readUInt32BE() / 2 ** 32,
};
