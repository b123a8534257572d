import { readErrorsPage, routeOf } from '@odst/api';
import type { HttpApp } from '@odst/http';
import { type ErrorCode, errorRegister, errorRow } from '@odst/kernel';

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

const introduction =
  'Every refusal is an `application/problem+json` document (RFC 9457) with one of these codes as `code`, whose `type` leads here. ' +
  'Codes are stable: test for them, not for titles or details. Retryable means that the same request may succeed later without a change.';

/** `GET /api/docs/errors`: what each code of a problem document means, at the anchor that its `type` names. No login. */
export function errorsPageRoutes(app: HttpApp): void {
  const page = renderErrorsPage();
  app.route({
    ...routeOf(readErrorsPage),
    handler: async (_request, reply) => reply.type('text/html; charset=utf-8').send(page),
  });
}

function renderErrorsPage(): string {
  const sections = (Object.keys(errorRegister) as ErrorCode[]).map(section);
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Errors</title></head>
<body>
<h1>Errors</h1>
<p>${html(introduction)}</p>
${sections.join('\n')}
</body>
</html>
`;
}

function section(code: ErrorCode): string {
  const { http, grpc, retryable, title, description } = errorRow(code);
  return `<section id="${code}">
<h2><a href="#${code}"><code>${code}</code></a></h2>
<p><strong>${html(title)}</strong>. HTTP ${http}, gRPC <code>${grpc}</code>, ${retryable ? 'retryable' : 'not retryable'}.</p>
<p>${html(description)}</p>
</section>`;
}

/** What stands between backticks is code. */
function html(text: string): string {
  return text.replaceAll(/[&<>"]/g, (sign) => escapes[sign] ?? sign).replaceAll(/`([^`]+)`/g, '<code>$1</code>');
}
