import { createHash } from 'node:crypto';

/** The value of Upload-Metadata. */
export function metadataOf(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([key, value]) => `${key} ${Buffer.from(value).toString('base64')}`)
    .join(',');
}

/** Digest of bytes, hex. */
export function hexOf(algorithm: 'sha1' | 'sha256', bytes: Uint8Array): string {
  return createHash(algorithm).update(bytes).digest('hex');
}

/** Value of Upload-Checksum. */
export function checksumOf(algorithm: 'sha1' | 'sha256', bytes: Uint8Array): string {
  return `${algorithm} ${createHash(algorithm).update(bytes).digest('base64')}`;
}

const tus = { 'tus-resumable': '1.0.0' };
type Headers = Readonly<Record<string, string>>;

/** The requests of tus 1.0.0, each as plain as it goes. */
export function tusClient(origin: () => string) {
  const send = (method: string, path: string, headers: Headers, body?: Uint8Array) =>
    fetch(`${origin()}${path}`, {
      method,
      headers: { ...tus, ...headers },
      ...(body === undefined ? {} : { body: new Uint8Array(body) }),
    });
  return {
    send,
    /** Begins an upload. */
    create(sizeBytes: number, values: Readonly<Record<string, string>>, headers: Headers = {}, body?: Uint8Array) {
      const given = { 'upload-length': String(sizeBytes), 'upload-metadata': metadataOf(values), ...headers };
      const type = body === undefined ? {} : { 'content-type': 'application/offset+octet-stream' };
      return send('POST', '/api/v1/uploads', { ...given, ...type }, body);
    },
    /** Begins one that is to be let in. @returns its path */
    async begin(sizeBytes: number, values: Readonly<Record<string, string>>, headers: Headers = {}): Promise<string> {
      const answer = await this.create(sizeBytes, values, headers);
      if (answer.status !== 201) throw new Error(`${answer.status} ${await answer.text()}`);
      return answer.headers.get('location') ?? '';
    },
    append(path: string, offset: number, bytes: Uint8Array, headers: Headers = {}) {
      const given = { 'upload-offset': String(offset), 'content-type': 'application/offset+octet-stream', ...headers };
      return send('PATCH', path, given, bytes);
    },
    head: (path: string) => send('HEAD', path, {}),
    /** Where it stands. */
    async offset(path: string): Promise<number> {
      const answer = await send('HEAD', path, {});
      return Number(answer.headers.get('upload-offset') ?? -answer.status);
    },
    read: async (path: string) => (await (await fetch(`${origin()}${path}`)).json()) as Record<string, unknown>,
  };
}
