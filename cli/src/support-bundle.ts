import { printable } from '@odst/kernel';
import { remoteCommand } from './command.ts';

/** `odst support-bundle` */
export const supportBundleCommand = remoteCommand({
  name: 'support-bundle',
  summary:
    'saves what somebody who helps asks for: version, health, settings, servers, transfers, conflicts, what was set aside, events',
  details: 'There are names and addresses in it, and no key, password or token. Nobody else on this machine may read the file.',
  options: { output: { short: 'o', about: 'where to; default odst-support- with the date, in this folder', value: 'FILE' } },
  examples: { 'support-bundle --output bundle.json': 'to look through, and to send to whoever helps' },
  isAct: true,
  async run(api, { options: { output } }, terminal) {
    const bundle = await api.get('/api/v1/system/support-bundle');
    const path = output ?? `odst-support-${bundle.gatheredAt.slice(0, 10)}.json`;
    await terminal.ownFiles.write(path, `${JSON.stringify(bundle, undefined, 1)}\n`);
    const refused = Object.entries(bundle).flatMap(([name, part]) =>
      typeof part === 'object' && 'refused' in part ? [name] : [],
    );
    const without = refused.length === 0 ? '' : `; without ${refused.join(', ')}, which the server could not tell now`;
    terminal.print(
      printable(`The support bundle is in ${path}${without}. Look through it before you send it: it has names and addresses.`),
    );
    return { path, gatheredAt: bundle.gatheredAt, refused };
  },
});
