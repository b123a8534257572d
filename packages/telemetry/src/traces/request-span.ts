import { inSpan } from './span.ts';

/** Digests are what the paths between servers have in place of parameters. */
const digest = /[0-9a-f]{64}/g;

/**
 * Sends a request to another server in a span, with the headers that let the other one go on with the trace.
 * @param request.url its query is left out, and its path is told without digests
 * @param send gets the header `traceparent`, or none where spans are not recorded
 * @param statusOf of the answer
 */
export function requestInSpan<Answer>(
  { method, url }: { readonly method: string; readonly url: URL },
  send: (headers: Readonly<Record<string, string>>) => Promise<Answer>,
  statusOf: (answer: Answer) => number | undefined,
): Promise<Answer> {
  const name = `${method} ${url.pathname.replace(digest, ':sha256')}`;
  const attributes = { 'http.request.method': method, 'server.address': url.hostname };
  return inSpan({ name, kind: 'client', attributes }, async (span) => {
    const answer = await send(span === undefined ? {} : { traceparent: span.traceparent });
    const status = statusOf(answer);
    if (status !== undefined) span?.set({ 'http.response.status_code': status });
    return answer;
  });
}
