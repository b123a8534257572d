import { humanSize, printable } from '@odst/kernel';
import { remoteCommand, shared } from './command.ts';
import { packageOf } from './packages.ts';
import { InputFault, ServerFault } from './status.ts';

/** `odst download <id|name>` */
export const downloadCommand = remoteCommand({
  name: 'download',
  summary: 'fetches what a server serves of a package, and puts it there once its SHA-256 is right',
  operand: shared.package,
  options: { output: { short: 'o', about: 'where to; default the name of the package, in this folder', value: 'FILE' } },
  examples: { 'download NoMAD.pkg -o /tmp/NoMAD.pkg': 'a file that was there is replaced by whole, verified bytes' },
  isAct: true,
  async run(api, { operand, options: { output } }, terminal) {
    const { filename, sha256: served, sizeBytes } = await packageOf(api, operand);
    const path = output ?? filename;
    if (output === undefined && (/[/\\\0]/.test(filename) || /^\.\.?$/.test(filename))) {
      throw new InputFault(`${filename} is no name for a file here: say another one with --output`);
    }
    // Else an interruption would leave what had come by then.
    using interruption = terminal.interruption();
    const { signal } = interruption;
    const answer = await api.fetch(`/share/${encodeURIComponent(filename)}`, { signal });
    const digest = /^sha-256=:([A-Za-z0-9+/]{43}=):/.exec(answer.headers.get('repr-digest') ?? '')?.[1];
    if (answer.body === null || digest === undefined) throw new ServerFault('the server sent no bytes, or no digest of them');
    const sha256 = Array.from(atob(digest), (one) => one.charCodeAt(0).toString(16).padStart(2, '0')).join('');
    using progress = terminal.progress(filename, sizeBytes ?? 0);
    await terminal.files.save(path, answer.body, progress.update, (came) => came === sha256, signal);
    const other = served === sha256 || served === null ? '' : '; newer bytes of it are on their way to this server';
    terminal.print(printable(`${filename}: ${humanSize(sizeBytes ?? 0)} in ${path}, SHA-256 ${sha256}${other}`));
    return { filename, path, sha256 };
  },
});
