import type { Logger } from '@odst/telemetry';
import kafkajs, { type Admin } from 'kafkajs';
import { protocolErrorOf } from './kafka-error.ts';

// Node finds no name for it in the client, which is a CommonJS module.
const { ConfigResourceTypes } = kafkajs;

/** Settings of a topic that keeps every event for ever, each named, so that it does not depend on the brokers' defaults. */
export const keepsAll: Readonly<Record<string, string>> = {
  'cleanup.policy': 'delete',
  'retention.ms': '-1',
  'retention.bytes': '-1',
};

/** Those of a topic's settings by which events get lost, as `name=value`. A limit has effect where the policy is to delete. */
export function lossySettings(settings: Readonly<Record<string, string>>): readonly string[] {
  const policies = (settings['cleanup.policy'] ?? '').split(',').map((policy) => policy.trim());
  return Object.keys(keepsAll)
    .filter((name) => {
      if (name === 'cleanup.policy') return policies.includes('compact');
      return policies.includes('delete') && settings[name] !== keepsAll[name];
    })
    .map((name) => `${name}=${settings[name]}`);
}

/**
 * Warns when a topic, which somebody else may have made, loses events. It is used all the same: the events are in the store,
 * and what is already in the topic cannot be had back by standing still.
 */
export async function warnOfLoss(admin: Admin, topic: string, logger: Logger): Promise<void> {
  const resource = { type: ConfigResourceTypes.TOPIC, name: topic, configNames: Object.keys(keepsAll) };
  try {
    const { resources } = await admin.describeConfigs({ resources: [resource], includeSynonyms: false });
    const entries = resources.flatMap(({ configEntries }) => configEntries);
    const lossy = lossySettings(Object.fromEntries(entries.map(({ configName, configValue }) => [configName, configValue])));
    if (lossy.length > 0)
      logger.warn({ topic, settings: lossy }, 'Kafka deletes or compacts events of a topic; set it to keep all');
  } catch (error) {
    const refusal = protocolErrorOf(error);
    if (refusal === undefined) throw error;
    logger.warn(
      { topic, err: refusal },
      'whether a topic keeps all events could not be read; it takes the right DescribeConfigs',
    );
  }
}
