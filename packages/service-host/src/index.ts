export { type HealthServer, startHealthServer } from './health-server.ts';
export { createHost, type Host, type Part } from './host.ts';
export { explainListenError, type ListenAddress } from './listen-error.ts';
export { createReadiness, isReady, type Readiness, type ReadinessSnapshot, readinessLines } from './readiness.ts';
export { runServer, type ServerContext } from './run-server.ts';
export { readSettingFile } from './settings/read-setting-file.ts';
export { type Environment, readSettings } from './settings/read-settings.ts';
export { requireSetting } from './settings/require-setting.ts';
export {
  eventStoreOf,
  hasLocalPeers,
  hostAndPort,
  isLocalOnly,
  publicUrlOf,
  readServerSettings,
  type ServerSettings,
  serverSettings,
} from './settings/server-settings.ts';
export { type Parsed, type Setting, type SettingsOf, type SettingsSpec, settingsTable } from './settings/setting.ts';
export {
  address,
  choice,
  flag,
  host,
  integer,
  keys,
  list,
  path,
  port,
  postgresUrl,
  text,
  webUrl,
} from './settings/setting-kinds.ts';
export { type Certificate, type CertificateSettings, minVersion, readCertificate, readPeerCa } from './tls/certificate.ts';
export { type ListenerTls, type ListenerTlsOptions, openListenerTls, useListenerTls } from './tls/listener-tls.ts';
export { type DependencyCheck, type DependencyWatch, type WatchOptions, watchDependencies } from './watch-dependencies.ts';
