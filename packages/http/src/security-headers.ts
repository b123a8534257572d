import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';
import helmet from 'helmet';

/** What a page of this server, or an answer that a browser takes for one, may load and run: nothing. A page that needs more says so. */
const nothing = {
  'default-src': ["'none'"],
  'base-uri': ["'none'"],
  'form-action': ["'none'"],
  'frame-ancestors': ["'none'"],
};

const inform = helmet({
  contentSecurityPolicy: { useDefaults: false, directives: nothing },
  crossOriginOpenerPolicy: { policy: 'same-origin' },
  crossOriginResourcePolicy: { policy: 'same-origin' },
  referrerPolicy: { policy: 'no-referrer' },
  // For browsers that know no frame-ancestors.
  xFrameOptions: { action: 'deny' },
  // Over plain http it means nothing, and whether there is TLS, the listener knows.
  strictTransportSecurity: false,
  // Of no use to answers that load nothing.
  crossOriginEmbedderPolicy: false,
  originAgentCluster: false,
  xDnsPrefetchControl: false,
  xDownloadOptions: false,
  xPermittedCrossDomainPolicies: false,
  xXssProtection: false,
});

/** The headers, by name. They are the same for all answers, so they are made once. */
export const securityHeaders: Readonly<Record<string, string>> = collect();

function collect(): Record<string, string> {
  const headers: Record<string, string> = {};
  const answer = {
    setHeader: (name: string, value: string) => {
      headers[name.toLowerCase()] = value;
    },
    removeHeader: () => undefined,
  };
  inform({} as IncomingMessage, answer as unknown as ServerResponse, (error) => {
    if (error !== undefined) throw error;
  });
  return headers;
}

const entries = Object.entries(securityHeaders);

/** Sets them on an answer, past the framework, so that they are there however it is sent. A header of the route's own wins. */
export function protect(answer: ServerResponse): void {
  for (const [name, value] of entries) answer.setHeader(name, value);
}

/** Sets them on every answer of an application, refusals included: what runs before any other hook cannot be passed by. */
export function protectAnswers(app: FastifyInstance): void {
  app.addHook('onRequest', (_request, reply, done) => {
    protect(reply.raw);
    done();
  });
}
