import { join } from 'node:path';
import { eventually, freePort, temporaryDirectory } from '@odst/testing';
import type { PackageRow } from './admin-client.ts';
import { type Server, type ServerOptions, type ServerProcess, startServerProcess } from './server-process.ts';

/** What one of the two is started with beside the usual. */
export type Variant = Partial<Omit<ServerOptions, 'dataDir' | 'port'>>;

/** A folder with two servers' settings; the test starts them when it wants. */
export async function twoServers(variants: { a?: Variant; b?: Variant } = {}) {
  const folder = await temporaryDirectory();
  const optionsOf = async (name: 'a' | 'b'): Promise<ServerOptions> => {
    const { env, ...rest } = variants[name] ?? {};
    return { dataDir: join(folder.path, name), port: await freePort(), ...rest, env: { ODST_NAME: name.toUpperCase(), ...env } };
  };
  return {
    path: folder.path,
    a: await optionsOf('a'),
    b: await optionsOf('b'),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

/** Starts both and registers A with B. */
export async function startFederation(options: {
  a: ServerOptions;
  b: ServerOptions;
}): Promise<{ a: ServerProcess; b: ServerProcess }> {
  const [a, b] = await Promise.all([startServerProcess(options.a), startServerProcess(options.b)]);
  const registered = await a.admin.register(await b.admin.about());
  if (registered.status !== 201) throw new Error(`A could not register with B: ${registered.status} ${await registered.text()}`);
  return { a, b };
}

/** Waits until a server serves a package with this content. */
export function becomesPublic(
  server: Pick<Server, 'admin'>,
  filename: string,
  sha256: string,
  timeoutMs = 120_000,
): Promise<PackageRow> {
  return eventually(async () => {
    const row = await server.admin.findPackage(filename);
    return row?.status === 'Public' && row.sha256 === sha256 && row;
  }, timeoutMs);
}
