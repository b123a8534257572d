import { openAsBlob } from 'node:fs';

/** A package of the Admin API. */
export type PackageRow = {
  readonly id: number;
  readonly filename: string;
  readonly file_size: number;
  readonly sha1: string;
  readonly sha256: string;
  readonly stage: string;
  readonly status: string;
  readonly uuid: string;
  readonly chunks?: readonly { readonly index: number; readonly sha1: string }[];
};

/** This server, as the Admin API tells it. */
export type About = {
  readonly iss: string;
  readonly key: string;
  readonly name: string;
  readonly url: string;
  readonly stage: string;
  readonly firewalled_mode: boolean;
};

/** A page of the event feed. */
export type FeedPage = {
  readonly items: readonly {
    readonly id: string;
    readonly type: string;
    readonly time: string;
    readonly sequence: string;
    readonly dataschema: string;
    readonly feedsequence: string;
    readonly data: Record<string, unknown>;
  }[];
  readonly next: string;
};

/** The name that the server has after the last event of a page, where that one changed its settings. */
export function lastNameOf({ items }: FeedPage): string | undefined {
  const profile = items.at(-1)?.data['profile'];
  return typeof profile === 'object' && profile !== null && 'name' in profile ? String(profile.name) : undefined;
}

/** The Admin API as curl and scripts use it. */
export type AdminClient = ReturnType<typeof adminClient>;

/** How a file is uploaded. */
type UploadOptions = { readonly fileFirst?: boolean; readonly replace?: boolean; readonly query?: string };

/** A client that logs in as `admin`. */
export function adminClient(baseUrl: string, password: string) {
  let authorization = basicOf(password);
  const send = (path: string, init: RequestInit = {}) =>
    fetch(`${baseUrl}${path}`, { ...init, headers: { authorization, ...(init.headers as Record<string, string>) } });
  const json = async <T>(path: string, init: RequestInit = {}): Promise<T> => {
    const answer = await send(path, init);
    if (!answer.ok) throw new Error(`${init.method ?? 'GET'} ${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as T;
  };
  const body = (method: string, value: unknown): RequestInit => ({
    method,
    body: JSON.stringify(value),
    headers: { 'content-type': 'application/json' },
  });
  return {
    baseUrl,
    get authorization() {
      return authorization;
    },
    /** The account has another password from here on. */
    passwordChanged(next: string): void {
      authorization = basicOf(next);
    },
    send,
    about: () => json<About>('/api/admin/about'),
    packages: async () => (await json<{ items: PackageRow[] }>('/api/admin/packages')).items,
    package: (reference: number | string) => json<PackageRow>(`/api/admin/packages/${encodeURIComponent(reference)}`),
    findPackage: async (filename: string) =>
      (await json<{ items: PackageRow[] }>('/api/admin/packages')).items.find((row) => row.filename === filename),
    peers: async () => (await json<{ items: { id: number; name: string; url: string }[] }>('/api/admin/registered_ods')).items,
    peerStates: async () => (await json<{ items: Record<string, unknown>[] }>('/api/v1/peers')).items,
    register: (about: Pick<About, 'url' | 'iss' | 'key'>) =>
      send('/api/admin/register', body('POST', { url: about.url, iss_id: about.iss, key: about.key })),
    updateAbout: (update: Record<string, string>) => send('/api/admin/about', body('POST', update)),
    changeStage: (id: number, stage: string) => send(`/api/v1/packages/${id}`, body('PATCH', { stage })),
    events: (after = '0', limit = 1_000) => json<FeedPage>(`/api/v1/events?after=${after}&limit=${limit}`),
    /** Uploads a file of the disk under `filename`; fields in the order given, the file last unless `fileFirst`. */
    async upload(path: string, filename: string, stage: string, options: UploadOptions = {}) {
      const form = new FormData();
      if (options.fileFirst !== true) form.append('stage', stage);
      if (options.replace === true) form.append('replace', 'true');
      form.append('file', await openAsBlob(path), filename);
      if (options.fileFirst === true) form.append('stage', stage);
      return send(`/api/admin/upload${options.query ?? ''}`, { method: 'POST', body: form });
    },
    download: (filename: string, headers: Record<string, string> = {}) =>
      fetch(`${baseUrl}/share/${encodeURIComponent(filename)}`, { headers }),
  };
}

function basicOf(password: string): string {
  return `Basic ${Buffer.from(`admin:${password}`).toString('base64')}`;
}
