import { generateKeyPairSync, sign } from 'node:crypto';
import { ServerServiceService, statementOf, TrustServiceService } from '@odst/contracts/registration';
import { BlobsServiceService } from '@odst/contracts/storage';
import { type ServedService, serve } from '@odst/grpc';
import { OdstError, type Stage } from '@odst/kernel';

type Keys = ReturnType<typeof generateKeyPairSync>;

const unused = async (): Promise<never> => {
  throw new OdstError('COMMON_INTERNAL', 'catalog does not call this');
};

// biome-ignore lint/correctness/useYield: a stream that catalog does not call
async function* unusedStream(): AsyncGenerator<never> {
  await unused();
}

/** Keys of servers: who is in here is known to the registration services of a test. */
export type KeyRing = Map<string, Keys>;

const rawKeyOf = (keys: Keys | undefined): Uint8Array =>
  keys === undefined ? new Uint8Array() : Buffer.from(keys.publicKey.export({ format: 'jwk' }).x ?? '', 'base64url');

/** Stands in for registration: one server of a given iss, real Ed25519 keys. */
export function standInRegistration(iss: string, ring: KeyRing) {
  const keys: Keys = generateKeyPairSync('ed25519');
  ring.set(iss, keys);
  const settings = { stage: 'Prod' as Stage, policy: { deletions: 'follow' as 'follow' | 'ask', trashDays: 30 } };
  const services: readonly ServedService[] = [
    serve(ServerServiceService, {
      getServer: async () => ({
        server: {
          iss,
          name: 'ODS',
          url: 'http://127.0.0.1',
          stage: settings.stage,
          firewalledMode: false,
          policy: settings.policy,
          version: 1n,
          publicKey: new Uint8Array(32),
        },
      }),
      getInvitation: unused,
      updateSettings: unused,
      checkUrl: unused,
      listServers: unused,
      renewIdentity: unused,
      rotateInvitation: unused,
    }),
    serve(TrustServiceService, {
      signStatement: async ({ purpose, payload }) => ({
        iss,
        signature: sign(null, statementOf(purpose, payload), keys.privateKey),
      }),
      describeSigners: async ({ isses }) => ({
        signers: isses.map((signer) => ({
          iss: signer,
          publicKey: rawKeyOf(ring.get(signer)),
          relation: ring.has(signer) ? 'peer' : '',
          blocked: false,
          stageCap: 'Prod',
        })),
      }),
      verifyStatement: unused,
      signRequest: unused,
      verifyRequest: unused,
      reportPeerTime: unused,
    }),
  ];
  return { settings, services };
}

/** Stands in for storage: a set of contents that it holds, and the manifests that it has made of them. */
export function standInStorage() {
  const held = new Set<string>();
  const manifests = new Map<string, string>();
  const services: readonly ServedService[] = [
    serve(BlobsServiceService, {
      async holdBlobs({ sha256s }) {
        const here = sha256s.filter((sha256) => held.has(sha256));
        return { sha256s: here, manifestDigests: here.map((sha256) => manifests.get(sha256) ?? '') };
      },
      fetchBlob: unusedStream,
      listHeld: unused,
      getManifest: unused,
      getDisk: unused,
    }),
  ];
  return { held, manifests, services };
}
