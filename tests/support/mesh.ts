import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { eventually, freePort, temporaryDirectory } from '@odst/testing';
import { expect } from 'vitest';
import { installerFile } from './installer-file.ts';
import { type Server, type ServerProcess, startServerProcess } from './server-process.ts';

/** A stage. */
export type Stage = 'Dev' | 'Test' | 'Prod';

type Head = { readonly sha256: string; readonly status: string; readonly conflict: boolean } | null;

type PackageResource = {
  readonly id: number;
  readonly filename: string;
  readonly heads: Readonly<Record<Stage, Head>>;
  readonly serves: Stage | null;
};

/** How long servers may take to meet and to have what the others have. */
export const meetMs = 180_000;

/** Servers of a mesh in folders of their own; each can be stopped and started again under its URL. */
export async function openMesh(names: Readonly<Record<string, Stage>>) {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(await temporaryDirectory());
  const running = new Map<string, ServerProcess>();
  stack.defer(async () => {
    await Promise.all([...running.values()].map((server) => server[Symbol.asyncDispose]()));
  });
  const ports = new Map<string, number>();
  /** A file of its own for each upload: two may send the same content at the same time. */
  let files = 0;
  const fileOf = (seed: string, sizeBytes: number) => {
    files += 1;
    return installerFile(join(folder.path, `${files}.pkg`), sizeBytes, seed);
  };
  const start = async (name: string): Promise<ServerProcess> => {
    const port = ports.get(name) ?? (await freePort());
    ports.set(name, port);
    const env = { ODST_NAME: name, ODST_STAGE: names[name] ?? 'Prod' };
    const server = await startServerProcess({ dataDir: join(folder.path, name), port, env });
    running.set(name, server);
    return server;
  };
  const of = (name: string): ServerProcess => {
    const server = running.get(name);
    if (server === undefined) throw new Error(`${name} does not run`);
    return server;
  };
  // All at once; of one that fails it is told when the others can be stopped.
  const starts = await Promise.allSettled(Object.keys(names).map(start));
  const failed = starts.find(({ status }) => status === 'rejected') as PromiseRejectedResult | undefined;
  if (failed !== undefined) throw failed.reason;
  const opened = stack.move();
  return {
    of,
    start,
    async stop(name: string) {
      await of(name)[Symbol.asyncDispose]();
      running.delete(name);
    },
    /** Ends a server as a power cut would; it is to be started again. */
    async kill(name: string) {
      await of(name).kill();
      running.delete(name);
    },
    async register(name: string, with_: string) {
      expect((await of(name).admin.register(await of(with_).admin.about())).status).toBe(201);
    },
    /** Makes a file and uploads it; gives its SHA-256. */
    async upload(name: string, seed: string, stage: Stage, replace = false, filename = 'x.pkg') {
      const file = await fileOf(seed, 2_000_000);
      const answer = await of(name).admin.upload(file.path, filename, stage, { replace });
      expect(answer.status).toBe(201);
      return file.sha256;
    },
    /** Uploads where the rules allow it; a name that is taken is replaced. */
    async tryUpload(name: string, seed: string, stage: Stage, filename: string) {
      const file = await fileOf(seed, 1_000_000);
      const answer = await of(name).admin.upload(file.path, filename, stage, { replace: true });
      expect([201, 409], await answer.clone().text()).toContain(answer.status);
    },
    /** Does an act of /api/v1 on x.pkg. */
    async act(name: string, act: string, body: Record<string, unknown> = {}, status = 200) {
      const { id } = await packageOf(of(name), 'x.pkg');
      const answer = await of(name).admin.send(`/api/v1/packages/${id}/${act}`, {
        method: 'POST',
        body: JSON.stringify(body),
        headers: { 'content-type': 'application/json' },
      });
      expect(answer.status, await answer.clone().text()).toBe(status);
    },
    async remove(name: string) {
      const { id } = await packageOf(of(name), 'x.pkg');
      expect((await of(name).admin.send(`/api/v1/packages/${id}`, { method: 'DELETE' })).status).toBe(204);
    },
    /** SHA-256 of the heads, Dev, Test, Prod; null for nothing. */
    heads: async (name: string, filename = 'x.pkg') => {
      const { heads } = await packageOf(of(name), filename);
      return [heads.Dev, heads.Test, heads.Prod].map((head) => head?.sha256 ?? null);
    },
    conflicts: async (name: string) => {
      const answer = await of(name).admin.send('/api/v1/conflicts');
      return ((await answer.json()) as { readonly items: readonly { readonly id: string }[] }).items;
    },
    /** SHA-256 of what clients get; the status where they get nothing. */
    served: async (name: string, filename = 'x.pkg') => {
      const answer = await of(name).admin.download(filename);
      if (answer.status !== 200) return answer.status;
      return createHash('sha256')
        .update(Buffer.from(await answer.arrayBuffer()))
        .digest('hex');
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

/** A package of a server, deleted or not. @throws Error where there is none */
export async function packageOf({ admin }: Pick<Server, 'admin'>, filename: string): Promise<PackageResource> {
  const all = (await (await admin.send(`/api/v1/packages?q=${encodeURIComponent(filename)}`)).json()) as {
    readonly items: readonly PackageResource[];
  };
  const gone = (await (await admin.send(`/api/v1/packages?q=${encodeURIComponent(filename)}&deleted=true`)).json()) as typeof all;
  const found = [...all.items, ...gone.items].find((item) => item.filename === filename);
  if (found === undefined) throw new Error(`${filename} is not there`);
  return found;
}

/** A mesh of real servers. */
export type Mesh = Awaited<ReturnType<typeof openMesh>>;

/** Waits until a server has these heads of x.pkg: SHA-256 of Dev, Test, Prod. */
export async function meets(mesh: Mesh, name: string, heads: readonly (string | null)[]): Promise<void> {
  await eventually(async () => JSON.stringify(await mesh.heads(name).catch(() => [])) === JSON.stringify(heads), meetMs);
}
