import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What the types of the client are made from. */
export const openApiFile = 'docs/reference/openapi.json';

/** Writes the types of the whole HTTP API, by `openapi-typescript`: `paths`, `components`, `operations`. */
export async function generateApiTypes(folder: string): Promise<void> {
  // Loaded for this alone: most runs find nothing to do.
  const { astToString, default: typesOf } = await import('openapi-typescript');
  // What has a default may be left out of a request; answers are written with every field all the same.
  const nodes = await typesOf(readFileSync(openApiFile, 'utf8'), {
    alphabetize: true,
    defaultNonNullable: false,
    immutable: true,
  });
  writeFileSync(join(folder, 'api.ts'), `// Generated from ${openApiFile} by tools/generate.ts.\n\n${astToString(nodes)}`);
}
