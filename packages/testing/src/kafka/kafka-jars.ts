import { execFile } from 'node:child_process';
import { access, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { commandExists } from '@odst/test-kit';

const run = promisify(execFile);
const folder = fileURLToPath(new URL('../../../../deploy/kafka', import.meta.url));
const libs = join(folder, 'libs');
/** A slow network fetches 43 MB. */
const fetchLimitMs = 10 * 60_000;

/**
 * Folder of Apache Kafka's jars, which Maven fetches once from Maven Central, as `deploy/kafka/pom.xml` names them.
 * Undefined where there is neither Java nor a way to get them.
 */
export async function kafkaJars(): Promise<string | undefined> {
  if (!commandExists('java')) return undefined;
  if (await exists(libs)) return libs;
  if (!commandExists('mvn')) return undefined;
  // Complete or not there at all: a fetch that is broken off must not look like one that is done.
  const growing = join(folder, `libs.${process.pid}`);
  try {
    const goal = ['-q', '-B', '-f', join(folder, 'pom.xml'), 'dependency:copy-dependencies', `-DoutputDirectory=${growing}`];
    await run('mvn', goal, { timeout: fetchLimitMs });
    await rename(growing, libs).catch(async (error: unknown) => {
      if (!(await exists(libs))) throw error;
    });
    return libs;
  } catch (error) {
    process.stderr.write(`Maven could not fetch Kafka: ${String(error).split('\n')[0]}\n`);
    return undefined;
  } finally {
    await rm(growing, { recursive: true, force: true });
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
