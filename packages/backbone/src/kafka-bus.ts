import { OdstError } from '@odst/kernel';
import { readSettingFile, requireSetting, type ServerSettings } from '@odst/service-host';
import type { KafkaBus } from './open-backbone.ts';

/**
 * Kafka as the settings have it; undefined when KAFKA_BROKERS is not set, and the bus is PostgreSQL.
 * @param iss this server's ISS ID, as soon as it is known; it must not reject
 * @throws OdstError COMMON_SETTING_INVALID for settings that need one another
 */
export function kafkaBusOf(settings: ServerSettings, iss: Promise<string>): KafkaBus | undefined {
  if (settings.KAFKA_BROKERS.length === 0) return undefined;
  const { KAFKA_TOPIC_PARTITIONS: partitions, KAFKA_REPLICATION_FACTOR: replicationFactor } = settings;
  return {
    connection: { brokers: settings.KAFKA_BROKERS, ...tlsOf(settings), ...loginOf(settings) },
    topicPrefix: settings.KAFKA_TOPIC_PREFIX,
    topics: { partitions, ...(replicationFactor === 0 ? {} : { replicationFactor }) },
    iss,
  };
}

function tlsOf(settings: ServerSettings): Pick<KafkaBus['connection'], 'tls'> {
  const files = { ca: 'KAFKA_TLS_CA', cert: 'KAFKA_TLS_CERT', key: 'KAFKA_TLS_KEY' } as const;
  // Whoever names a certificate wants to be protected: sending everything in the clear is not what was meant.
  const useless = Object.values(files).find((name) => settings[name] !== undefined);
  if (!settings.KAFKA_TLS && useless !== undefined) {
    throw new OdstError('COMMON_SETTING_INVALID', `KAFKA_TLS is missing: ${useless} needs it; example: KAFKA_TLS=1`);
  }
  const given = Object.entries(files).map(([part, name]) => [part, readSettingFile(settings, name)] as const);
  return settings.KAFKA_TLS ? { tls: Object.fromEntries(given.filter(([, content]) => content !== undefined)) } : {};
}

function loginOf(settings: ServerSettings): Pick<KafkaBus['connection'], 'sasl'> {
  const { KAFKA_SASL_USERNAME: username, KAFKA_SASL_MECHANISM: mechanism } = settings;
  if (username === undefined) {
    if (settings.KAFKA_SASL_PASSWORD !== undefined) requireSetting(settings, 'KAFKA_SASL_USERNAME', 'KAFKA_SASL_PASSWORD');
    return {};
  }
  return { sasl: { mechanism, username, password: requireSetting(settings, 'KAFKA_SASL_PASSWORD', 'KAFKA_SASL_USERNAME') } };
}
