import type { Stage } from '@odst/kernel';
import { isRetired } from '../../../registration/src/domain/retirement.ts';
import type { MemoryServer as MemoryRegistration } from '../../../registration/test/support/memory-server.ts';
import { createEd25519Statements } from '../../src/adapters/ed25519-statements.ts';
import type { BrainDeps } from '../../src/app/brain.ts';

/** What a server needs to say what it holds, and to take what others say, checked by the real registration. @param held its contents */
export function statementsWith(
  registration: MemoryRegistration,
  site: { readonly name: string; readonly stage: () => Stage; readonly held: ReadonlySet<string>; readonly signed: string[] },
): Pick<BrainDeps, 'sites' | 'signatures' | 'contents'> {
  const { name, stage, held, signed } = site;
  return {
    sites: {
      ownIss: async () => registration.iss,
      listSites: async () => [
        { iss: registration.iss, name, stage: stage(), relation: 'self', blocked: false },
        ...registration.directory.others().flatMap(({ iss, profile, relation, blocked, retirement }) => {
          return isRetired(retirement, profile) ? [] : [{ iss, name: profile.name, stage: profile.stage, relation, blocked }];
        }),
      ],
      keysOf: async (toldBy, isses) => {
        const signers = registration.describeSigners(toldBy, isses);
        const taken = signers.filter(({ publicKey, blocked, stageCap }) => publicKey.length > 0 && !blocked && stageCap !== '');
        return new Map(taken.map(({ iss, publicKey }) => [iss, publicKey]));
      },
    },
    signatures: createEd25519Statements({
      signStatement: async ({ purpose = '', payload = new Uint8Array() }) => {
        signed.push(purpose);
        return { iss: registration.iss, signature: registration.statements.sign(purpose, payload) };
      },
    }),
    contents: {
      async *listHeld(prefix) {
        yield* [...held].filter((sha256) => sha256.startsWith(prefix)).sort();
      },
    },
  };
}
