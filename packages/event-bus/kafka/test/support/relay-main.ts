// A relay in a process of its own, which tests kill and stop: `node relay-main.ts <database> <brokers> <prefix>`.
// Writes a line when it has shut others out or is shut out, as its log tells.
import { startRelay } from '@odst/event-bus';
import { createLogger } from '@odst/telemetry';
import { createKafkaEventBus } from '../../src/index.ts';
import { clock, openNotes, service } from './notes-service.ts';

const [url = '', brokers = '', topicPrefix = ''] = process.argv.slice(2);
const logger = createLogger({ name: 'relay', destination: 'stdout' });
const notes = openNotes(url);
const bus = createKafkaEventBus({ connection: { brokers: [brokers] }, topicPrefix, iss: Promise.resolve('iss'), logger });
startRelay({ service, iss: 'iss', source: notes.store, bus, lease: notes.lease(), clock, logger });
