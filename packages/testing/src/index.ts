export {
  commandExists,
  eventually,
  freePort,
  type ManualClock,
  manualClock,
  type Network,
  openNetwork,
  requirement,
  type TemporaryDirectory,
  temporaryDirectory,
} from '@odst/test-kit';
export { layCluster } from './cluster-template.ts';
export { copyOut, copyOutOn } from './copy-out.ts';
export type { KafkaBroker } from './kafka/kafka-broker.ts';
export { sharedKafka } from './kafka/shared-kafka.ts';
export { hasKafka, type KafkaBrokerOptions, startKafkaBroker } from './kafka/start-kafka-broker.ts';
export { type Plant, type PlantedCopy, plantedCopy } from './planted-copy.ts';
export { createTestAuthority, type TestAuthority, type TestCertificate } from './test-authority.ts';
export { createTestDatabase, type TestDatabase } from './test-database.ts';
