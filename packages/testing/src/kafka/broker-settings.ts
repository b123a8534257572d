/** Where a broker listens and keeps its data. */
export type BrokerPlace = { readonly port: number; readonly controllerPort: number; readonly dataDir: string };

/** Settings of a broker, by name. */
export type BrokerSettings = Readonly<Record<string, string>>;

/** Settings of a whole cluster in one process (KRaft). */
export function brokerSettings(place: BrokerPlace): BrokerSettings {
  const { port, controllerPort, dataDir } = place;
  return {
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'controller.listener.names': 'CONTROLLER',
    'log.dirs': dataDir,
    // One broker holds every copy there is, and few partitions of the internal topics make it start sooner.
    'offsets.topic.replication.factor': '1',
    'offsets.topic.num.partitions': '4',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'transaction.state.log.num.partitions': '4',
    'auto.create.topics.enable': 'false',
    // The first member of a group need not wait for others: brokers wait 3 s by default.
    'group.initial.rebalance.delay.ms': '0',
    // After a crash the controller lets the broker register again when the session of the dead one is over.
    'broker.session.timeout.ms': '2000',
    'broker.heartbeat.interval.ms': '500',
  };
}

/** Content of `server.properties`. */
export function propertiesOf(settings: BrokerSettings): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}
