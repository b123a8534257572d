import { generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto';
import { ServerServiceService, TrustServiceService } from '@odst/contracts/registration';
import { BlobsServiceService } from '@odst/contracts/storage';
import { type ServedService, serve } from '@odst/grpc';
import { OdstError, type Stage } from '@odst/kernel';

type Keys = ReturnType<typeof generateKeyPairSync>;

const bytesOf = (purpose: string, payload: Uint8Array) => Buffer.concat([Buffer.from(`${purpose}\n`), payload]);

const unused = async (): Promise<never> => {
  throw new OdstError('COMMON_INTERNAL', 'catalog does not call this');
};

// biome-ignore lint/correctness/useYield: a stream that catalog does not call
async function* unusedStream(): AsyncGenerator<never> {
  await unused();
}

/** Keys of servers: who is in here is known to the registration services of a test. */
export type KeyRing = Map<string, Keys>;

/** Stands in for registration: one server of a given iss, real Ed25519 keys. */
export function standInRegistration(iss: string, ring: KeyRing) {
  const keys: Keys = generateKeyPairSync('ed25519');
  ring.set(iss, keys);
  const settings = { stage: 'Prod' as Stage };
  const keyOf = (signer: string): KeyObject | undefined => ring.get(signer)?.publicKey;
  const services: readonly ServedService[] = [
    serve(ServerServiceService, {
      getServer: async () => ({
        server: {
          iss,
          name: 'ODS',
          url: 'http://127.0.0.1',
          stage: settings.stage,
          firewalledMode: false,
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
      signStatement: async ({ purpose, payload }) => ({ iss, signature: sign(null, bytesOf(purpose, payload), keys.privateKey) }),
      verifyStatement: async ({ iss: signer, purpose, payload, signature }) => {
        const key = keyOf(signer);
        if (key === undefined) return { verdict: 'unknown-signer' };
        return { verdict: verify(null, bytesOf(purpose, payload), key, signature) ? 'valid' : 'invalid' };
      },
      describeSigners: unused,
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
      getManifest: unused,
      getDisk: unused,
    }),
  ];
  return { held, manifests, services };
}
