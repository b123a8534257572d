import { resolve } from 'node:path';
import type { Parsed } from './setting.ts';

/** Checks BLOB_STORE and yields the folder that it names, absolute. */
export function parseBlobStore(text: string): Parsed<string> {
  if (text.startsWith('s3:')) return { fault: 'names S3, which this version cannot use yet; use a folder' };
  if (!text.startsWith('file:')) return { fault: 'does not begin with file:' };
  const folder = decodeURIComponent(text.slice('file:'.length).replace(/^\/\/(?=\/)/, ''));
  if (folder === '' || folder.startsWith('//')) return { fault: 'names no folder of this machine' };
  return { value: resolve(folder) };
}
