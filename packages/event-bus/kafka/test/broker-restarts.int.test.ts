import { startRelay } from '@odst/event-bus';
import { createSilentLogger } from '@odst/telemetry';
import { eventually, hasKafka, startKafkaBroker } from '@odst/testing';
import { describe, expect, onTestFinished, test } from 'vitest';
import { expectEffectsOnce, startCopying } from './support/consumer.ts';
import { clock, keysFor, notesOfTest, service } from './support/notes-service.ts';
import { aPrefix, brokerTopic, openBus, upTo } from './support/open-bus.ts';
import { readPositions } from './support/raw-topic.ts';

const logger = createSilentLogger();
/**
 * How long a broker does not answer; longer than a member may be silent, so that the broker gives it up. Some minutes:
 * ODST_TEST_BROKER_AWAY_MS=180000.
 */
const awayMs = Number(process.env['ODST_TEST_BROKER_AWAY_MS'] ?? 8_000);

describe.skipIf(!(await hasKafka()))('a broker', () => {
  test('killed and started again under 2,000 commands loses and doubles no event, and no effect', async () => {
    await using broker = await startKafkaBroker();
    const notes = await notesOfTest();
    const prefix = aPrefix();
    const publisher = openBus(broker.brokers, prefix);
    const relay = startRelay({ service, iss: 'iss', source: notes.store, bus: publisher, lease: notes.lease(), clock, logger });
    onTestFinished(async () => relay[Symbol.asyncDispose]());
    const reaction = await startCopying(openBus(broker.brokers, prefix), notes);
    onTestFinished(async () => reaction[Symbol.asyncDispose]());

    const handled = async () => (await notes.effects()).length;
    for (let first = 1; first <= 1_000; first += 100) await notes.write(keysFor(100), first);
    await eventually(async () => (await handled()) > 100, 180_000);
    await broker.kill();
    for (let first = 1_001; first <= 1_500; first += 100) await notes.write(keysFor(100), first);
    await broker.restart();
    for (let first = 1_501; first <= 2_000; first += 100) await notes.write(keysFor(100), first);
    await eventually(async () => (await handled()) === 2_000, 180_000);

    await expectEffectsOnce(notes, 2_000);
    expect((await publisher.lastPublished(service)).position).toBe(2_000n);
    expect(await readPositions(broker.brokers, brokerTopic(prefix))).toEqual(upTo(2_000));
    expect(await notes.deadLetters.count()).toBe(0);
  });

  test('that does not answer for a while holds events up, and nothing else', { timeout: awayMs + 600_000 }, async () => {
    await using broker = await startKafkaBroker();
    const notes = await notesOfTest();
    const prefix = aPrefix();
    const bus = openBus(broker.brokers, prefix);
    const relay = startRelay({ service, iss: 'iss', source: notes.store, bus, lease: notes.lease(), clock, logger });
    onTestFinished(async () => relay[Symbol.asyncDispose]());
    const reaction = await startCopying(bus, notes);
    onTestFinished(async () => reaction[Symbol.asyncDispose]());
    await notes.write(keysFor(100));
    await eventually(async () => (await notes.effects()).length === 100, 180_000);
    await broker.freeze();
    await notes.write(keysFor(400), 101);
    const frozenAt = performance.now();
    await eventually(() => performance.now() - frozenAt > awayMs, awayMs + 60_000);
    expect(await relay.oldestAgeSeconds()).toBeGreaterThan(awayMs / 2_000);
    await broker.thaw();
    await eventually(async () => (await notes.effects()).length === 500, 180_000);
    await expectEffectsOnce(notes, 500);
    await eventually(async () => (await relay.oldestAgeSeconds()) === 0);
    expect(await readPositions(broker.brokers, brokerTopic(prefix))).toEqual(upTo(500));
  });
});
