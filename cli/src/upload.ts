import { ApiProblem } from '@odst/api-client';
import { humanSize, printable } from '@odst/kernel';
import { type Input, remoteCommand, type Stage, shared } from './command.ts';
import type { Api } from './connection.ts';
import type { LocalFile } from './files.ts';
import { type Package, packageOf } from './packages.ts';
import { Ended, Fault, type Status, UsageFault } from './status.ts';
import type { Terminal } from './terminal.ts';
import { createUploadMemory, type UploadMemory } from './upload-memory.ts';
import { type SitesCount, type WaitedSites, waitedSitesOf, waitForSites } from './upload-wait.ts';

const options = {
  stage: { ...shared.stage('which stage gets it'), required: true },
  replace: {
    about:
      'also where the name has other content, in any stage; else that is refused. What comes to the stage while it uploads is not replaced',
  },
  wait: {
    about: 'end when so many sites hold it: all that are to, a number with this server, or one by its name or ISS ID',
    value: 'all|N|SITE',
  },
  'wait-seconds': { about: 'wait no longer than this; default 600', value: 'SECONDS' },
} as const;

/** What became of a file. */
type FileOutcome = {
  readonly file: string;
  /** `unchanged`: the server had exactly this. */
  readonly outcome: 'created' | 'replaced' | 'unchanged' | 'failed';
  readonly filename?: string;
  readonly stage?: Stage;
  readonly sha256?: string;
  readonly sizeBytes?: number;
  readonly packageId?: number | null;
  /** What `--wait` waited for. */
  readonly sites?: SitesCount;
  /** Why it failed. */
  readonly problem?: object;
};

/** `odst upload <files…>` */
export const uploadCommand = remoteCommand({
  name: 'upload',
  summary: 'uploads files, one after the other; goes on where it was after a cut, an interruption, or in another run',
  details:
    'The SHA-256 of a file is computed first: where the stage has that content already, nothing is sent and the outcome is `unchanged`. The exit status is that of the worst file; 0 when some were uploaded and the others unchanged, 10 when all were unchanged.',
  operand: { name: 'files', about: 'the files', many: true },
  options,
  examples: {
    'upload build/NoMAD.pkg --stage Dev': 'a new version for Dev sites',
    'upload build/NoMAD.pkg --stage Prod --wait all --wait-seconds 1800':
      'ends with 0 once every site holds it, with 5 after half an hour',
    'upload *.pkg --stage Prod --replace --json': 'several, with an outcome for each to be read by a script',
  },
  isAct: true,
  async run(api, input, terminal) {
    const { wait, 'wait-seconds': seconds = '600' } = input.options;
    if (!/^\d{1,6}$/.test(seconds)) throw new UsageFault('--wait-seconds is a number of seconds');
    const waited = wait === undefined ? undefined : await waitedSitesOf(wait, api);
    using interruption = terminal.interruption();
    const uploading: Uploading = {
      ...(waited === undefined ? {} : { waited, waitSeconds: Number(seconds) }),
      api,
      input,
      terminal,
      memory: createUploadMemory(terminal),
      signal: interruption.signal,
    };
    const items: FileOutcome[] = [];
    const ends: Status[] = [];
    for (const path of input.operands) {
      try {
        const outcome = await uploadOne(uploading, path);
        const sites = await waitFor(uploading, outcome).catch((error: unknown) => {
          const { status } = terminal.fault(error);
          ends.push(status);
          return undefined;
        });
        items.push(sites === undefined ? outcome : { ...outcome, sites });
        ends.push(outcome.outcome === 'unchanged' ? 'unchanged' : 'done');
      } catch (error) {
        const { status, document } = terminal.fault(named(path, error));
        items.push({ file: path, outcome: 'failed', problem: document });
        ends.push(status);
        // The next file would end the same way.
        if (status === 'interrupted' || status === 'notSignedIn') break;
      }
    }
    return new Ended(worstOf(ends), { items });
  },
});

type Uploading = {
  readonly api: Api;
  readonly input: Input<typeof options>;
  readonly terminal: Terminal;
  readonly memory: UploadMemory;
  readonly waited?: WaitedSites;
  readonly waitSeconds?: number;
  readonly signal: AbortSignal;
};

/** From the best to the worst. */
const ranks: readonly Status[] = ['unchanged', 'done', 'notAtSites', 'failed', 'refused', 'usage', 'notSignedIn', 'interrupted'];

const worstOf = (ends: readonly Status[]): Status => ranks[Math.max(0, ...ends.map((end) => ranks.indexOf(end)))] ?? 'failed';

/** What the command has for what the server tells callers of its API. */
const hints: Readonly<Record<string, string>> = {
  CATALOG_FILENAME_TAKEN: '; with odst: --replace',
  CATALOG_STAGE_DIFFERS: '; with odst: packages promote',
  CATALOG_HEAD_REPLACED: '; with odst: the same command once more, when that is to be replaced too',
};

/** With several files a fault says of which it is. */
function named(path: string, error: unknown): unknown {
  if (!(error instanceof ApiProblem)) return error;
  const detail = `${path}: ${error.detail}${hints[error.code ?? ''] ?? ''}`;
  return new ApiProblem(error.status, { ...error.document, detail });
}

/** Also for what was there already: a run that is repeated asks the same question. */
async function waitFor(
  uploading: Uploading,
  { packageId, filename, stage, sha256 }: FileOutcome,
): Promise<SitesCount | undefined> {
  const { api, terminal, waited, waitSeconds = 0, signal } = uploading;
  if (waited === undefined || packageId == null || filename === undefined || stage === undefined || sha256 === undefined) {
    return undefined;
  }
  return await waitForSites({ packageId, filename, stage, sha256 }, waited, waitSeconds, api, terminal, signal);
}

async function uploadOne(uploading: Uploading, path: string): Promise<FileOutcome> {
  const { api, input, terminal, signal } = uploading;
  const { stage } = input.options;
  const file = await terminal.files.describe(path);
  const sha256 = await digestOf(file, terminal, signal);
  const about = { file: path, filename: file.name, stage, sha256, sizeBytes: file.sizeBytes };
  const held = await findPackage(api, file.name);
  const head = held?.heads[stage];
  if (head?.sha256 === sha256 && head.status === 'Public' && !head.conflict) {
    terminal.print(printable(`${file.name}: unchanged; ${stage} has exactly this (${shortOf(sha256)})`));
    return { ...about, outcome: 'unchanged', packageId: held?.id ?? null };
  }
  const { outcome, packageId } = await sendFile(uploading, file, sha256, head?.sha256 ?? 'nothing');
  const words = {
    created: `uploaded to ${stage}`,
    replaced: `uploaded to ${stage}, in place of other content`,
    unchanged: 'unchanged',
  };
  terminal.print(
    printable(`${file.name}: ${words[outcome]} (package ${packageId}, ${humanSize(file.sizeBytes)}, ${shortOf(sha256)})`),
  );
  return { ...about, outcome, packageId };
}

const shortOf = (sha256: string): string => `SHA-256 ${sha256.slice(0, 12)}…`;

async function digestOf(file: LocalFile, { files, progress }: Terminal, signal: AbortSignal): Promise<string> {
  using shown = progress(`${file.name}, looked at`, file.sizeBytes);
  return await files.sha256(file, shown.update, signal);
}

async function findPackage(api: Api, name: string): Promise<Package | undefined> {
  // Digits alone would be an id.
  if (/^\d+$/.test(name)) {
    const found = await Array.fromAsync(api.list('/api/v1/packages', { params: { query: { q: name, limit: 1_000 } } }));
    return found.find(({ filename }) => filename === name);
  }
  try {
    return await packageOf(api, name);
  } catch (error) {
    if (error instanceof ApiProblem && error.status === 404) return undefined;
    throw error;
  }
}

/**
 * Sends a file, where an upload of before is still there what is missing of it.
 * @param seen what the stage has: with `--replace` that is replaced, and nothing that comes there meanwhile
 */
async function sendFile(uploading: Uploading, file: LocalFile, sha256: string, seen: string) {
  const { api, input, terminal, memory, signal } = uploading;
  const { stage, replace } = input.options;
  const key = [api.url, stage, replace === true ? 'replace' : 'new', file.name, sha256].join(' ');
  const replaces = replace === true ? seen : undefined;
  const metadata = { filename: file.name, stage, sha256, ...(replaces === undefined ? {} : { replace: 'true', replaces }) };
  let sentBytes = 0;
  const sendFrom = async (uploadUrl: string | undefined) => {
    using shown = terminal.progress(file.name, file.sizeBytes);
    // Written one after the other, though the client does not wait for it.
    let kept: Promise<void> = Promise.resolve();
    const url = await terminal.files.send({
      ...{ baseUrl: api.url, credential: api.credential, file, metadata, replaces, signal },
      ...(uploadUrl === undefined ? {} : { uploadUrl }),
      onUrl(known) {
        kept = kept.then(() => memory.set(key, known));
      },
      onBytes(bytes) {
        sentBytes = bytes;
        shown.update(bytes);
      },
    });
    await kept;
    return url;
  };
  const before = await memory.find(key);
  try {
    if (before !== undefined) terminal.complain(printable(`${file.name}: goes on with the upload of before`));
    const url = await sendFrom(before).catch((error: unknown) => {
      if (before === undefined || !(error instanceof ApiProblem)) throw error;
      // A look at an upload has no body that says why it was refused.
      if (isRefused(error) && error.code === undefined) return before;
      if (!isGone(error)) throw error;
      terminal.complain(printable(`${file.name}: the server does not have it any more; it is sent anew`));
      return sendFrom(undefined);
    });
    const ended = await outcomeOf(api, url);
    await memory.set(key, undefined);
    return ended;
  } catch (error) {
    if (error instanceof Fault && error.status === 'interrupted') {
      const there = `${humanSize(sentBytes)} of ${humanSize(file.sizeBytes)} of ${file.name} were sent`;
      throw new Fault('interrupted', `interrupted: ${there}. The same command goes on there`);
    }
    // What is refused for good is nothing to go on with.
    if (error instanceof ApiProblem && isRefused(error)) await memory.set(key, undefined);
    throw error;
  }
}

/** For good, with nothing kept. */
const isRefused = ({ status }: ApiProblem): boolean => status === 422 || status === 412;

const isGone = (error: unknown): boolean => error instanceof ApiProblem && (error.status === 404 || error.status === 410);

/** What the server made of it. @throws ApiProblem where it was refused */
async function outcomeOf(api: Api, url: string) {
  const id = new URL(url).pathname.split('/').at(-1) ?? '';
  const { outcome, packageId, refusal } = await api.get('/api/v1/uploads/{id}', { params: { path: { id } } });
  if (refusal !== null) throw new ApiProblem(refusal.status, refusal);
  if (outcome === null)
    throw new Fault('failed', 'the server has all of it, and did not say yet what became of it: run it again');
  return { outcome, packageId };
}
