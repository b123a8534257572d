import { stringify } from 'yaml';
import { asyncApiDocument } from './document.ts';

const introduction = '# Generated from protos/ and packages/contracts by tools/generate-docs.ts. Change those, not this page.\n';

/** The AsyncAPI document as YAML; the same at every call. */
export function renderAsyncApi(): string {
  return introduction + stringify(asyncApiDocument(), { lineWidth: 120, aliasDuplicateObjects: false });
}
