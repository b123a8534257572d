import type { HttpApp } from '@odst/http';
import type { HTTPMethods } from 'fastify';
import { deferContinue } from './defer-continue.ts';
import { type DownloadRouteDeps, downloadRoutes } from './download-routes.ts';
import { type PeerRouteDeps, peerRoutes } from './peer-routes.ts';
import { uploadsPath } from './tus-exchange.ts';
import { type TusRouteDeps, tusRoutes } from './tus-routes.ts';
import { createAdmission } from './upload-admission.ts';
import { formPaths, type UploadRouteDeps, uploadRoutes } from './upload-routes.ts';

/** What the data plane is made of. */
export type DataPlaneDeps = Omit<UploadRouteDeps & TusRouteDeps & PeerRouteDeps & DownloadRouteDeps, 'admit'> & {
  /** How many uploads are read at once, at most; what is above is refused at once. */
  readonly uploadsAtOnce: number;
};

/**
 * The byte routes as a Fastify plugin, so that they share the gateway's listener or have one of their own. Whoever
 * mounts it gives it problem details for its errors, and no time limit for whole requests: a large upload takes hours.
 */
export function buildDataPlane(given: DataPlaneDeps): (app: HttpApp) => Promise<void> {
  const deps = { ...given, admit: createAdmission(given.uploadsAtOnce) };
  return async (app) => {
    const isRouted = (url: string, method: string) => app.findRoute({ method: method as HTTPMethods, url }) !== null;
    // What no route takes is refused without its body too.
    deferContinue(app.server, (path, method) => takesBytes(path) || !isRouted(path, method));
    await app.register(async (uploads: HttpApp) => uploadRoutes(uploads, deps));
    await app.register(async (uploads: HttpApp) => tusRoutes(uploads, deps));
    await app.register(async (downloads: HttpApp) => downloadRoutes(downloads, deps));
    await app.register(async (peers: HttpApp) => peerRoutes(peers, deps));
  };
}

/** Whether what is sent there is refused before its body where it can be. */
function takesBytes(path: string): boolean {
  return formPaths.includes(path) || path === uploadsPath || path.startsWith(`${uploadsPath}/`);
}
