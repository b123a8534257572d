// `pnpm kafka [port]`: a Kafka broker on this machine for a developer, until Ctrl-C. Its data stay in .odst-kafka.
import { once } from 'node:events';
import { hasKafka, startKafkaBroker } from '../packages/testing/src/index.ts';

const [port = '9092', ...more] = process.argv.slice(2);
const folder = '.odst-kafka';

/** Serves until a signal comes. @throws Error when the broker does not start, or ends by itself */
async function serve(): Promise<void> {
  await using broker = await startKafkaBroker({ folder, port: Number(port) });
  process.stdout.write(`Kafka listens: KAFKA_BROKERS=${broker.brokers} npx -y pnpm start\n`);
  const signals = ['SIGINT', 'SIGTERM'].map(async (signal) => {
    await once(process, signal);
    return undefined;
  });
  const reason = await Promise.race([...signals, broker.ended]);
  if (reason !== undefined) throw new Error(`Kafka ended: ${reason}`);
}

/** Says why nothing runs. */
function refuse(message: string, exitCode: number): void {
  process.stderr.write(`${message}\n`);
  process.exitCode = exitCode;
}

if (more.length > 0 || !/^[1-9]\d{0,4}$/.test(port) || Number(port) > 65_535) {
  refuse('Usage: npx -y pnpm kafka [port], a port from 1 to 65535; default 9092', 2);
} else if (!(await hasKafka())) {
  refuse('It takes Java 17 or newer, and Maven to fetch Kafka: see docs/guides/kafka.md', 1);
} else {
  await serve().catch((error: unknown) => refuse(error instanceof Error ? error.message : String(error), 1));
}
