import { path } from './setting-kinds.ts';

/** Settings of TLS: that of the listeners, and of whom peers are trusted by. */
export const tlsSettings = {
  ODST_TLS_CERT: path({
    doc: 'File with the certificate of the listeners, PEM, and behind it those between it and its authority: https instead of http. Read again when it changes',
    default: undefined,
    defaultText: 'none: plain http',
    example: '/etc/letsencrypt/live/ods.example.org/fullchain.pem',
  }),
  ODST_TLS_KEY: path({
    doc: 'File with the private key of `ODST_TLS_CERT`, PEM, not encrypted',
    default: undefined,
    example: '/etc/letsencrypt/live/ods.example.org/privkey.pem',
  }),
  ODST_PEER_CA: path({
    doc: 'File with the certificates, PEM, of a private authority that peers’ certificates may come from too. Nothing leaves certificates unchecked',
    default: undefined,
    defaultText: 'those that Node.js brings',
    example: '/etc/odst/ca.pem',
  }),
} as const;
