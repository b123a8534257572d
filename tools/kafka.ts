// `pnpm kafka [port]`: a Kafka broker on this machine for a developer, until Ctrl-C. Its data stay in .odst-kafka.
import { once } from 'node:events';
import { hasKafka, startKafkaBroker } from '../packages/testing/src/index.ts';
import { requireNode24 } from './require-node.ts';

requireNode24();
const [port = '9092'] = process.argv.slice(2);
if (await hasKafka()) {
  await using broker = await startKafkaBroker({ folder: '.odst-kafka', port: Number(port) });
  process.stdout.write(`Kafka listens: KAFKA_BROKERS=${broker.brokers} npx -y pnpm start\n`);
  await Promise.race(['SIGINT', 'SIGTERM'].map((signal) => once(process, signal)));
} else {
  process.stderr.write('It takes Java 17 or newer, and Maven to fetch Kafka: see docs/guides/kafka.md\n');
  process.exitCode = 1;
}
