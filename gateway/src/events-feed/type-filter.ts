import { eventsOfServices } from '@odst/contracts/services';
import { OdstError } from '@odst/kernel';

/** Which events a reader wants; without names all of them. */
export type TypeFilter = {
  /** Every version of these: `PackageUploaded`. */
  readonly names: readonly string[];
  /** Exactly these: `org.odst.catalog.PackageUploaded.v1`. */
  readonly fullNames: readonly string[];
};

/** `org.odst.<service>.<EventName>.v<version>` */
const fullName = /^org\.odst\.(?<service>[a-z]+)\.(?<name>[A-Za-z0-9]+)\.v(?<version>[1-9]\d{0,3})$/;

/** The short name of an event type: `PackageUploaded` for itself and for its full name. */
export function eventName(type: string): string {
  return fullName.exec(type)?.groups?.['name'] ?? type;
}

/**
 * Reads `types=`, event names with commas, short or full, in one parameter or several.
 * @throws OdstError COMMON_REQUEST_INVALID for a name that no event has, and for none: a reader with a wrong name would wait for ever
 */
export function typeFilter(types: string | readonly string[] | undefined): TypeFilter {
  const given = [types ?? []]
    .flat()
    .flatMap((list) => list.split(','))
    .map((name) => name.trim())
    .filter((name) => name !== '');
  const examples = 'names are short, as PackageUploaded, or full, as org.odst.catalog.PackageUploaded.v1';
  if (types !== undefined && given.length === 0) throw invalid(`types names no event; ${examples}. Without it all come`);
  const wanted = [...new Set(given)].sort();
  const unknown = wanted.find((name) => !isKnown(name));
  if (unknown === undefined) {
    return { names: wanted.filter((name) => !fullName.test(name)), fullNames: wanted.filter((name) => fullName.test(name)) };
  }
  throw invalid(`types: there is no event ${unknown.slice(0, 100)}; ${examples}`);
}

function invalid(message: string): OdstError {
  return new OdstError('COMMON_REQUEST_INVALID', message, { pointer: '/types' });
}

function isKnown(type: string): boolean {
  const { service, name = '', version } = fullName.exec(type)?.groups ?? {};
  if (service === undefined) return Object.values(eventsOfServices).some((events) => Object.hasOwn(events, type));
  const events = Object.hasOwn(eventsOfServices, service) ? eventsOfServices[service] : undefined;
  const schema = events !== undefined && Object.hasOwn(events, name) ? events[name] : undefined;
  return schema !== undefined && Number(version) <= (schema.upcasters ?? []).length + 1;
}
