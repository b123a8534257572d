import { ChangeBody, type ChangeSignature, type PackageRecord } from '../gen/odst/catalog/v1/record.ts';
import { type PackageChange, packAnySettings, serversOfWriters, unpackAnySettings } from './package-change.ts';

/**
 * The changes of a record, in its order; each with a body of the record, which equal ones share in memory too. A change that names a
 * body which the record does not have is left out: nobody can know what it says. One whose vectors cannot be read has seen the changes of
 * a writer without a name, so that it is refused by itself.
 */
export function changesOfRecord({ uuid, filename, bodies, changes }: PackageRecord): readonly PackageChange[] {
  const said = bodies.map(({ writers, sets, ...body }) => ({ ...body, sets: unpackAnySettings({ sets, writers }) }));
  return changes.flatMap(({ body, ...signed }) => {
    const says = said[body];
    return says === undefined ? [] : [{ uuid, filename, ...says, ...signed }];
  });
}

/** The servers that signed changes of the record, and those that its vectors name; each once. Cheap: no vector is unpacked. */
export function serversOfRecord({ bodies, changes }: Pick<PackageRecord, 'bodies' | 'changes'>): ReadonlySet<string> {
  const servers = new Set(changes.map(({ iss }) => iss));
  for (const { writers } of bodies) for (const iss of serversOfWriters(writers)) servers.add(iss);
  return servers;
}

/**
 * The record of changes of one package, in their order; changes that say the same share their body.
 * @param changes one at least
 */
export function recordOfChanges(changes: readonly PackageChange[]): PackageRecord {
  const [first] = changes;
  if (first === undefined) throw new RangeError('a record consists of one change at least');
  const bodies: ChangeBody[] = [];
  const known = new Map<string, number>();
  const signatures = changes.map(({ act, sets, reason, from, iss, epoch, stamp, actor, datedAt, signature }): ChangeSignature => {
    const says: ChangeBody = { act, reason, from, ...packAnySettings(sets) };
    const text = JSON.stringify(ChangeBody.toJSON(says));
    const body = known.get(text) ?? bodies.push(says) - 1;
    known.set(text, body);
    return { body, iss, epoch, stamp, actor, datedAt, signature };
  });
  return { uuid: first.uuid, filename: first.filename, bodies, changes: signatures };
}
