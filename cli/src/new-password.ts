import { passwordFault } from '@odst/kernel';
import { InputFault, UsageFault } from './status.ts';
import type { Terminal } from './terminal.ts';

/** Where a new password comes from. */
export const newPasswordOptions = { 'password-stdin': { about: 'read the new password from standard input' } } as const;

type NewPasswordFlags = { readonly 'password-stdin'?: true };

/**
 * A new password: from standard input with `--password-stdin`, from ODST_NEW_PASSWORD, or typed twice. Never from the command line, which
 * other users of the machine and the shell's history show.
 * @throws UsageFault where there is none
 * @throws InputFault for one that breaks the rules, or two that differ
 */
export async function newPasswordOf(username: string, flags: NewPasswordFlags, terminal: Terminal): Promise<string> {
  const password = await readNewPassword(username, flags, terminal);
  const fault = passwordFault(password, { username });
  if (fault !== undefined) throw new InputFault(`${fault}; nothing was changed`);
  return password;
}

async function readNewPassword(username: string, flags: NewPasswordFlags, terminal: Terminal): Promise<string> {
  if (flags['password-stdin'] === true) return (await terminal.readInput()).replace(/\r?\n$/, '');
  const { ODST_NEW_PASSWORD: fromEnvironment } = terminal.env;
  if (fromEnvironment !== undefined) return fromEnvironment;
  const typed = await terminal.askSecret(`New password of ${username}: `);
  if (typed === undefined) throw new UsageFault('no new password: pipe it in with --password-stdin, or set ODST_NEW_PASSWORD');
  if ((await terminal.askSecret('The same again: ')) === typed) return typed;
  throw new InputFault('the two are not the same; nothing was changed');
}
