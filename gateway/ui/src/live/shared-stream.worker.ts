// One stream for all tabs: a browser opens six connections to a server at most, and each tab's own would use one up for good.
import { type LiveMessage, openStream, type Stream } from './stream.ts';

/** What a page tells the worker. */
export type PageMessage = 'hello' | 'again' | 'bye';

const ports = new Set<MessagePort>();

/** The last word of each kind, for tabs that are opened later. */
const latest = new Map<LiveMessage['kind'], LiveMessage>();
let stream: Stream | undefined;

function emit(message: LiveMessage): void {
  if (message.kind !== 'event' && message.kind !== 'coverage' && message.kind !== 'alive') latest.set(message.kind, message);
  for (const port of ports) port.postMessage(message);
}

function welcome(port: MessagePort): void {
  ports.add(port);
  stream ??= openStream(emit);
  for (const message of latest.values()) port.postMessage(message);
}

function serve(port: MessagePort): void {
  port.onmessage = ({ data }: MessageEvent<PageMessage>) => {
    if (data === 'hello') welcome(port);
    if (data === 'again') stream?.again();
    if (data === 'bye') ports.delete(port);
  };
  welcome(port);
}

addEventListener('connect', (event) => {
  for (const port of (event as MessageEvent).ports) serve(port);
});
