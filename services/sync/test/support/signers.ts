import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { statementOf } from '@odst/contracts/registration';
import { issOf } from '@odst/kernel';
import { createEd25519Statements } from '../../src/adapters/ed25519-statements.ts';
import type { Purpose, Signatures } from '../../src/app/holdings-ports.ts';
import { packHoldings, type Statement, shardOf, statementBytes } from '../../src/domain/holdings.ts';

/** A server with a key pair, which signs as registration does. */
export type Signer = Signatures & {
  readonly iss: string;
  readonly publicKey: Uint8Array;
  /** A statement of its, signed. */
  says(unsigned: Unsigned): Statement;
};

/** A statement without what a signer adds. */
export type Unsigned =
  | { readonly kind: 'heartbeat'; readonly stamp: bigint; readonly ageMs?: bigint }
  | {
      readonly kind: 'writer';
      readonly stamp: bigint;
      readonly epoch?: string;
      readonly lastStamp: bigint;
      readonly floor?: bigint;
    }
  | { readonly kind: 'holdings'; readonly stamp: bigint; readonly shard?: number; readonly holds: readonly string[] };

/** Makes a server with new keys. @param name its identity; default the one that follows from its key */
export function createSigner(name?: string): Signer {
  const { publicKey: key, privateKey } = generateKeyPairSync('ed25519');
  const publicKey = new Uint8Array(key.export({ format: 'der', type: 'spki' }).subarray(-32));
  const iss = name ?? issOf(publicKey);
  const signBytes = (purpose: string, bytes: Uint8Array) => signed(privateKey, purpose, bytes);
  const signatures = createEd25519Statements({
    signStatement: async ({ purpose, payload }) => ({ iss, signature: signBytes(purpose ?? '', payload ?? new Uint8Array()) }),
  });
  const seal = (unsigned: Statement): Statement => {
    const signature = signBytes(unsigned.kind satisfies Purpose, statementBytes(unsigned));
    return { ...unsigned, statement: { ...unsigned.statement, signature } } as Statement;
  };
  return {
    ...signatures,
    iss,
    publicKey,
    says(unsigned) {
      const { stamp } = unsigned;
      const signature = new Uint8Array();
      if (unsigned.kind === 'heartbeat') {
        return seal({ kind: 'heartbeat', statement: { iss, stamp, signature, ageMs: unsigned.ageMs ?? 0n } });
      }
      if (unsigned.kind === 'writer') {
        const { epoch = 'e'.repeat(16), lastStamp, floor = 0n } = unsigned;
        return seal({ kind: 'writer', statement: { iss, epoch, lastStamp, floor, stamp, signature } });
      }
      const { holds, shard = shardOf(holds[0] ?? '00') } = unsigned;
      const entries = packHoldings(holds.map((sha256) => ({ sha256, sinceMs: Number(stamp) })));
      return seal({ kind: 'holdings', statement: { iss, shard, stamp, entries, signature } });
    },
  };
}

function signed(key: KeyObject, purpose: string, bytes: Uint8Array): Uint8Array {
  return new Uint8Array(sign(null, statementOf(purpose, bytes), key));
}
