import { channel } from 'node:diagnostics_channel';

/**
 * Diagnostics channel on which every relay of the process shows each message that its bus took, as a `BusMessage`. For who
 * watches, as tests do; who acts on events subscribes to the bus.
 */
export const publications = channel('odst.relay.published');
