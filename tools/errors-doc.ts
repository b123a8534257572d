import { errorRegister, errorRow, isErrorCode } from '../packages/kernel/src/index.ts';

/** Where the page is kept. */
export const errorsDocFile = 'docs/reference/errors.md';

const introduction = `# Errors

<!-- Generated from packages/kernel/src/errors by tools/generate-docs.ts. Change the register, not this page. -->

Every refusal is an \`application/problem+json\` document (RFC 9457) with one of these codes as \`code\`; between the services
it is the gRPC status with the code in the metadata. Codes are stable: test for them, not for titles or details.
*Retryable* means that the same request may succeed later without a change.
`;

const headings: Readonly<Record<string, string>> = {
  COMMON: 'Every service',
  EVENTS: 'Event feed',
  REGISTRATION: 'Registration',
  CATALOG: 'Catalog',
  STORAGE: 'Storage',
  SYNC: 'Sync',
};

/** Prefix of a code: the service that answers with it. */
const prefixOf = (code: string): string => code.slice(0, code.indexOf('_'));

function section(code: string): string {
  if (!isErrorCode(code)) throw new TypeError(`${code} is not in the register`);
  const { http, grpc, retryable, title, description } = errorRow(code);
  return `### \`${code}\`\n\n${title}. HTTP ${http}, gRPC \`${grpc}\`, ${retryable ? 'retryable' : 'not retryable'}.\n\n${description}\n`;
}

/** The page of all errors, by service, in the order of the register. */
export function renderErrorsDoc(): string {
  const groups = Map.groupBy(Object.keys(errorRegister), prefixOf);
  const parts = [...groups].map(([prefix, codes]) => {
    const heading = headings[prefix];
    if (heading === undefined) throw new TypeError(`no heading for the errors that begin with ${prefix}_`);
    return `## ${heading}\n\n${codes.map(section).join('\n')}`;
  });
  return [introduction, ...parts].join('\n');
}
