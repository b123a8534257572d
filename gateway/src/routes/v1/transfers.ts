import { changeTransfer, listTransfers, routeOf } from '@odst/api';
import type { Transfer } from '@odst/contracts/sync';
import type { HttpApp } from '@odst/http';
import { OdstError } from '@odst/kernel';
import { principalOf } from '../../admission.ts';
import type { RouteDeps } from '../../route-deps.ts';
import { type ServerNames, serverNames } from '../../server-names.ts';
import { oneOf, textOrNull } from '../../wire.ts';

const transferStates = ['running', 'waiting', 'retrying', 'paused'] as const;

/** `GET /api/v1/transfers` and `PATCH /api/v1/transfers/{id}`. */
export function transfersRoutes(app: HttpApp, { clients }: RouteDeps): void {
  app.route({
    ...routeOf(listTransfers),
    handler: async (request) => {
      const caller = principalOf(request);
      const { state = '', peer: peerIss = '', q: query = '', packages, limit, after = '' } = request.query;
      const packageIds = packages?.split(',').map(Number) ?? [];
      const page = await clients.transfers.listTransfers({ state, peerIss, query, packageIds, limit, after }, { caller });
      const names = await serverNames(
        clients,
        caller,
        page.transfers.flatMap(({ sourceIsses }) => sourceIsses),
      );
      return { items: page.transfers.map((transfer) => transferResource(transfer, names)), next: textOrNull(page.next) };
    },
  });

  app.route({
    ...routeOf(changeTransfer),
    handler: async (request) => {
      const caller = principalOf(request);
      const { paused, first, reason = '' } = request.body;
      const change = { sha256: request.params.id, paused, first, reason };
      const { transfer } = await clients.transfers.changeTransfer(change, { caller });
      if (transfer === undefined) throw new OdstError('COMMON_INTERNAL', 'sync changed a transfer and did not tell it');
      return transferResource(transfer, await serverNames(clients, caller, transfer.sourceIsses));
    },
  });
}

/** A transfer as `/api/v1` shows it. */
export function transferResource(transfer: Transfer, names: ServerNames) {
  const { sha256, packageId, filename, sourceIsses, tries, nextTryAt, startedAt, first } = transfer;
  const sizeBytes = Number(transfer.sizeBytes);
  const verifiedBytes = transfer.verifiedBytes === undefined ? null : Number(transfer.verifiedBytes);
  const rateBytesPerSecond = Number(transfer.rateBytesPerSecond);
  const left = sizeBytes - (verifiedBytes ?? 0);
  return {
    id: sha256,
    package: packageId === 0 ? null : { id: packageId, filename },
    ...{ sha256, sizeBytes, verifiedBytes, rateBytesPerSecond },
    etaSeconds: rateBytesPerSecond === 0 ? null : Math.ceil(left / rateBytesPerSecond),
    direction: 'in' as const,
    sources: sourceIsses.map((iss) => ({ iss, name: names.get(iss) ?? null })),
    state: oneOf(transferStates, transfer.state),
    reason: textOrNull(transfer.reason),
    tries,
    nextTryAt: nextTryAt?.toISOString() ?? null,
    startedAt: startedAt?.toISOString() ?? null,
    first,
    strip: [...transfer.strip],
  };
}
