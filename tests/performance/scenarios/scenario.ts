import { join } from 'node:path';
import type { ServerProcess } from '../../support/server-process.ts';
import type { Memory } from '../settle.ts';

/** How large a scenario is, and where it may write. */
export type Scenario = {
  /** Emptied by whoever made it. */
  readonly folder: string;
  /** Repetitions; the median counts. */
  readonly runs: number;
  readonly sizeMiB: number;
};

/** A scenario whose steps fill the page cache. */
export type MemoryScenario = Scenario & {
  /** What free memory was doing before each step. Limits are for `idle`. */
  readonly memory: Memory;
};

/** Folders of a standalone server in which bytes of packages lie. */
export const byteFolders = (server: ServerProcess) => [join(server.dataDir, 'blobs'), join(server.dataDir, 'staging')];

/** curl's arguments for an upload to the Admin API. */
export const curlUpload = (server: ServerProcess, path: string, filename: string) => [
  '-sSf',
  '-o',
  '/dev/null',
  '-u',
  'admin:ods1234!',
  '-F',
  'stage=Prod',
  '-F',
  `file=@${path};filename=${filename}`,
  `${server.url}/api/admin/upload`,
];
