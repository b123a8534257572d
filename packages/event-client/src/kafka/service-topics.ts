import { OdstError } from '@odst/kernel';
import { publishingServices } from '../events/known-events.ts';

/** A service that publishes events. */
export type PublishingService = (typeof publishingServices)[number];

/** Names of the services' topics. @throws OdstError COMMON_REQUEST_INVALID for a service that has none */
export function topicsOf(topicPrefix: string, services: readonly PublishingService[]): readonly string[] {
  const unknown = services.filter((service) => !publishingServices.includes(service));
  if (services.length === 0 || unknown.length > 0) {
    const fault = services.length === 0 ? 'no service is named' : `no service publishes as ${JSON.stringify(unknown[0])}`;
    throw new OdstError('COMMON_REQUEST_INVALID', `${fault}; there are ${publishingServices.join(', ')}`);
  }
  return services.map((service) => `${topicPrefix}.${service}.v1`);
}
