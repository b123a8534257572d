/** An event of the feed, as far as tests look at it. */
export type FeedEvent = {
  readonly id: string;
  readonly type: string;
  readonly time: string;
  readonly feedsequence: string;
  readonly sequence: string;
  readonly data: Readonly<Record<string, unknown>>;
};

/** A live reader of the feed. Disposing leaves the stream. */
export type EventStreamReader = AsyncDisposable & {
  /** What came so far. */
  readonly events: readonly FeedEvent[];
  /** How the stream ended. */
  readonly ended: Promise<'by the server' | 'by an error'>;
};

/** Opens the live stream of a server. @throws Error when it is refused */
export async function readEventStream(
  url: string,
  authorization: string,
  onEvent: (event: FeedEvent) => void = () => undefined,
): Promise<EventStreamReader> {
  const abort = new AbortController();
  const answer = await fetch(url, { headers: { authorization, accept: 'text/event-stream' }, signal: abort.signal });
  if (!answer.ok || answer.body === null) throw new Error(`${url}: ${answer.status} ${await answer.text()}`);
  const events: FeedEvent[] = [];
  const lines = answer.body.pipeThrough(new TextDecoderStream());
  const read = async (): Promise<'by the server' | 'by an error'> => {
    let text = '';
    try {
      for await (const piece of lines) {
        const parts = (text + piece).split('\n');
        text = parts.pop() ?? '';
        for (const line of parts.filter((part) => part.startsWith('data: '))) {
          const event = JSON.parse(line.slice('data: '.length)) as FeedEvent;
          events.push(event);
          onEvent(event);
        }
      }
      return 'by the server';
    } catch {
      return 'by an error';
    }
  };
  const ended = read();
  return {
    events,
    ended,
    async [Symbol.asyncDispose]() {
      abort.abort();
      await ended;
    },
  };
}
