import type { Operation } from './operation.ts';
import * as access from './operations/access.ts';
import * as admin from './operations/admin.ts';
import * as audit from './operations/audit.ts';
import * as bytes from './operations/bytes.ts';
import * as conflicts from './operations/conflicts.ts';
import * as coverage from './operations/coverage.ts';
import * as events from './operations/events.ts';
import * as federation from './operations/federation.ts';
import * as held from './operations/held-changes.ts';
import * as open from './operations/open.ts';
import * as packageActs from './operations/package-acts.ts';
import * as packages from './operations/packages.ts';
import * as peers from './operations/peers.ts';
import { readSupportBundle } from './operations/support.ts';
import * as system from './operations/system.ts';
import * as transfers from './operations/transfers.ts';
import * as uploads from './operations/uploads.ts';
import * as v1 from './operations/v1.ts';

const declared: readonly (Operation | readonly Operation[])[] = [
  access,
  admin,
  audit,
  packages,
  packageActs,
  conflicts,
  coverage,
  system,
  v1,
  peers,
  transfers,
  events,
  bytes,
  uploads,
  federation,
  held,
  open,
  { readSupportBundle },
].flatMap((file) => Object.values<Operation | readonly Operation[]>(file));

/** Every operation of the product, whichever process serves it, by path and method. */
export const operations: readonly Operation[] = declared.flat().toSorted((one, other) => {
  const [first, second] = [one, other].map(({ url, method }) => `${url} ${method}`);
  return (first ?? '') < (second ?? '') ? -1 : 1;
});
