import { OdstError } from '@odst/kernel';
import { knownEventTypes } from '../events/known-events.ts';

const fullForm = /^org[.]odst[.][a-z]+[.][A-Za-z0-9]+[.]v[1-9][0-9]*$/;
const nameOf = (type: string): string => type.split('.')[3] ?? '';
const knownNames = new Set(knownEventTypes.map(nameOf));

/**
 * Whether an event type is one of those asked for, by short or full name; without names all are. A full name may be one that only
 * a newer server knows.
 * @throws OdstError COMMON_REQUEST_INVALID for a short name that no event has
 */
export function matcherOf(types: readonly string[]): (type: string) => boolean {
  const unknown = types.filter((type) => !knownNames.has(type) && !fullForm.test(type));
  if (unknown.length > 0) {
    const names = unknown.map((type) => JSON.stringify(type)).join(', ');
    throw new OdstError('COMMON_REQUEST_INVALID', `no event is named ${names}; a newer one can be named in full, as ${example}`);
  }
  const wanted = new Set(types);
  return (type) => wanted.size === 0 || wanted.has(type) || wanted.has(nameOf(type));
}

const example = 'org.odst.catalog.PackagePublished.v1';
