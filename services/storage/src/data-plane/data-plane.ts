import type { HttpApp } from '@odst/http';
import { type DownloadRouteDeps, downloadRoutes } from './download-routes.ts';
import { type PeerRouteDeps, peerRoutes } from './peer-routes.ts';
import { type UploadRouteDeps, uploadRoutes } from './upload-routes.ts';

/** What the data plane is made of. */
export type DataPlaneDeps = UploadRouteDeps & PeerRouteDeps & DownloadRouteDeps;

/**
 * The byte routes as a Fastify plugin, so that they share the gateway's listener or have one of their own. Whoever
 * mounts it gives it problem details for its errors, and no time limit for whole requests: a large upload takes hours.
 */
export function buildDataPlane(deps: DataPlaneDeps): (app: HttpApp) => Promise<void> {
  return async (app) => {
    await app.register(async (uploads: HttpApp) => uploadRoutes(uploads, deps));
    await app.register(async (downloads: HttpApp) => downloadRoutes(downloads, deps));
    await app.register(async (peers: HttpApp) => peerRoutes(peers, deps));
  };
}
