import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { OdstError } from '@odst/kernel';
import { keyIdBytes, keyIdOfKey } from './key-id.ts';

const formatVersion = 1;
const nonceBytes = 12;
const tagBytes = 16;
const headerBytes = 1 + keyIdBytes + nonceBytes;

/** Encrypts and decrypts secrets with AES-256-GCM. */
export interface SecretBox {
  /** Id of the key that new secrets are encrypted with, 16 hex digits: part of its hash, and no secret. */
  readonly keyId: string;
  /**
   * Encrypts a secret with the newest key.
   * @param id what the secret is kept under; another id will not open it, so that rows cannot be exchanged
   */
  seal(id: string, plaintext: Uint8Array): Buffer;
  /**
   * Decrypts a secret with the key that it names.
   * @throws OdstError COMMON_SECRET_UNREADABLE when that key is not there, or the bytes or the id were changed
   */
  open(id: string, sealed: Uint8Array): Buffer;
}

type Key = { readonly id: string; readonly bytes: Uint8Array };

/**
 * Makes a box of keys of 32 bytes, the newest first: it encrypts, the others only decrypt.
 * @throws OdstError COMMON_SETTING_INVALID for a key of another length, or none
 */
export function createSecretBox(keys: readonly Uint8Array[]): SecretBox {
  const [newest, ...older] = keys.map(checkedKey);
  if (newest === undefined)
    throw new OdstError(
      'COMMON_SETTING_INVALID',
      'DATABASE_KEY: there is no key; example: DATABASE_KEY=$(openssl rand -base64 32)',
    );
  const byId = new Map([newest, ...older].map((key) => [key.id, key]));
  return {
    keyId: newest.id,
    seal: (id, plaintext) => seal(newest, id, plaintext),
    open: (id, sealed) => open(byId, id, sealed),
  };
}

/** Id of the key that a sealed secret names. @throws OdstError COMMON_SECRET_UNREADABLE for what is no sealed secret */
export function keyIdOf(sealed: Uint8Array): string {
  if (sealed.length < headerBytes + tagBytes || sealed[0] !== formatVersion) {
    throw new OdstError('COMMON_SECRET_UNREADABLE', 'a stored secret is not of the form of this version');
  }
  return Buffer.from(sealed.subarray(1, 1 + keyIdBytes)).toString('hex');
}

function checkedKey(bytes: Uint8Array): Key {
  if (bytes.length !== 32)
    throw new OdstError('COMMON_SETTING_INVALID', `DATABASE_KEY: a key has ${bytes.length} bytes, 32 are needed`);
  return { id: keyIdOfKey(bytes), bytes };
}

function seal(key: Key, id: string, plaintext: Uint8Array): Buffer {
  const nonce = randomBytes(nonceBytes);
  const header = Buffer.concat([Buffer.of(formatVersion), Buffer.from(key.id, 'hex'), nonce]);
  const cipher = createCipheriv('aes-256-gcm', key.bytes, nonce, { authTagLength: tagBytes });
  cipher.setAAD(boundTo(header, id));
  return Buffer.concat([header, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

function open(keys: ReadonlyMap<string, Key>, id: string, sealed: Uint8Array): Buffer {
  const keyId = keyIdOf(sealed);
  const key = keys.get(keyId);
  if (key === undefined) {
    const given = [...keys.keys()].join(', ');
    throw new OdstError(
      'COMMON_SECRET_UNREADABLE',
      `the secret ${id} is encrypted with the key ${keyId}; DATABASE_KEY is ${given}`,
    );
  }
  const header = sealed.subarray(0, headerBytes);
  const nonce = header.subarray(1 + keyIdBytes);
  const decipher = createDecipheriv('aes-256-gcm', key.bytes, nonce, { authTagLength: tagBytes });
  decipher.setAAD(boundTo(header, id));
  decipher.setAuthTag(sealed.subarray(sealed.length - tagBytes));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(headerBytes, sealed.length - tagBytes)), decipher.final()]);
  } catch (cause) {
    throw new OdstError(
      'COMMON_SECRET_UNREADABLE',
      `the stored secret ${id} was changed, or belongs to another id`,
      {},
      { cause },
    );
  }
}

function boundTo(header: Uint8Array, id: string): Buffer {
  return Buffer.concat([header, Buffer.from(id, 'utf8')]);
}
