import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { type FileSetting, fileFault, readSettingFile } from '../settings/read-setting-file.ts';
import { requireSetting } from '../settings/require-setting.ts';
import type { ServerSettings } from '../settings/server-settings.ts';

/** What a listener speaks TLS with. */
export type Certificate = {
  /** The certificate, and behind it those between it and its authority; PEM. */
  readonly cert: string;
  /** Its private key, PEM. A secret. */
  readonly key: string;
  /** Before that no client takes it. */
  readonly startsAt: Date;
  /** After that no client takes it. */
  readonly endsAt: Date;
};

/** The settings that a certificate comes from. */
export type CertificateSettings = Pick<ServerSettings, 'ODST_TLS_CERT' | 'ODST_TLS_KEY'>;

/** TLS from here on; older versions are broken (RFC 8996). */
export const minVersion = 'TLSv1.2' as const;

/**
 * Reads the certificate that the settings name, and its key; undefined when neither is set. One that has ended is none the worse for it:
 * who reads it warns.
 * @throws OdstError COMMON_SETTING_INVALID: one line with the variable, what is wrong with its file, and an example
 */
export function readCertificate(settings: CertificateSettings): Certificate | undefined {
  if (settings.ODST_TLS_CERT === undefined && settings.ODST_TLS_KEY === undefined) return undefined;
  // Whoever names one of them wants TLS.
  requireSetting(settings, 'ODST_TLS_CERT', 'ODST_TLS_KEY');
  requireSetting(settings, 'ODST_TLS_KEY', 'ODST_TLS_CERT');
  const cert = readSettingFile(settings, 'ODST_TLS_CERT') ?? '';
  const key = readSettingFile(settings, 'ODST_TLS_KEY') ?? '';
  const [own, ...others] = certificatesOf(cert, 'ODST_TLS_CERT', settings.ODST_TLS_CERT);
  const privateKey = keyOf(key, settings.ODST_TLS_KEY);
  if (own?.checkPrivateKey(privateKey) !== true) {
    if (others.some((other) => other.checkPrivateKey(privateKey)))
      throw fileFault('ODST_TLS_CERT', `the server’s own certificate is to be the first in ${settings.ODST_TLS_CERT}`);
    throw fileFault('ODST_TLS_KEY', `${settings.ODST_TLS_KEY} is not the key of the certificate in ${settings.ODST_TLS_CERT}`);
  }
  try {
    createSecureContext({ cert, key, minVersion });
  } catch (cause) {
    // Such as a key that is too short for any client.
    throw fileFault('ODST_TLS_CERT', `no TLS with what is in ${settings.ODST_TLS_CERT}: ${wordsOf(cause)}`, cause);
  }
  return { cert, key, startsAt: own.validFromDate, endsAt: own.validToDate };
}

/**
 * The private authority of peers that the settings name, PEM; undefined when none is set.
 * @throws OdstError COMMON_SETTING_INVALID: one line with the variable, what is wrong with its file, and an example
 */
export function readPeerCa(settings: Pick<ServerSettings, 'ODST_PEER_CA'>): string | undefined {
  const content = readSettingFile(settings, 'ODST_PEER_CA');
  if (content !== undefined) certificatesOf(content, 'ODST_PEER_CA', settings.ODST_PEER_CA);
  return content;
}

const block = /-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----[^-]+-----END (?:TRUSTED |X509 )?CERTIFICATE-----/g;

function certificatesOf(content: string, name: FileSetting, file: string | undefined): readonly X509Certificate[] {
  const blocks = content.match(block) ?? [];
  const begun = content.match(/-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----/g)?.length ?? 0;
  if (begun > blocks.length) throw fileFault(name, `a certificate in ${file} has no end: the file is not whole`);
  if (begun === 0) throw fileFault(name, `${file} holds ${whatElse(content, 'no certificate')}`);
  return blocks.map((pem, index) => {
    try {
      return new X509Certificate(pem);
    } catch (cause) {
      throw fileFault(name, `certificate ${index + 1} in ${file} cannot be read (${wordsOf(cause)})`, cause);
    }
  });
}

function keyOf(content: string, file: string | undefined): KeyObject {
  if (/-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m.test(content)) {
    const advice = 'a server starts with nobody there to type a password: take that off with openssl pkey';
    throw fileFault('ODST_TLS_KEY', `the key in ${file} is encrypted, and ${advice}`);
  }
  if (!/-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----/.test(content))
    throw fileFault('ODST_TLS_KEY', `${file} holds ${whatElse(content, 'no private key')}`);
  try {
    return createPrivateKey(content);
  } catch {
    // Its words may quote what is in the file.
    throw fileFault('ODST_TLS_KEY', `the private key in ${file} cannot be read: the file is not whole, or of another kind`);
  }
}

/** What there is instead of the PEM that was looked for; nothing of it is quoted. */
function whatElse(content: string, lack: string): string {
  if (content.trim() === '') return 'nothing';
  // The first byte of DER, and of PKCS #12.
  if (content.startsWith('0')) return `${lack} in PEM; openssl x509, pkey and pkcs12 turn other forms into it`;
  return `${lack} in PEM (“-----BEGIN …”)`;
}

function wordsOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replaceAll(/\s+/g, ' ');
}
