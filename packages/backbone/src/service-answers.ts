import { EventsServiceService } from '@odst/contracts/common';
import type { ServiceConnection } from '@odst/grpc';
import type { DependencyCheck } from '@odst/service-host';

/** Behind every event that there can be. */
const lastPosition = 2n ** 63n - 1n;

/**
 * Whether a service can be used, for readiness: reads the events behind the last one. Nothing comes, yet the call went
 * all the way: network, token, access table, handler, and the service's own database.
 */
export function serviceAnswers(connection: ServiceConnection): DependencyCheck {
  const events = connection.client(EventsServiceService);
  return async (signal) => {
    for await (const _event of events.readEvents({ afterPosition: lastPosition, follow: false }, { signal })) return;
  };
}
