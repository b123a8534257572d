/** The documented default password of `admin`. It works from the server's own machine only. */
export const documentedPassword = 'ods1234!';

const [shortest, longest] = [10, 1_000];

/**
 * What is wrong with a new password; undefined for a good one. It is judged by its length, which is what counts (NIST SP 800-63B
 * §3.1.1): 10 to 1,000 characters, neither the user name nor the one that is refused, the documented default.
 */
export function passwordFault(
  password: string,
  { username, refused = documentedPassword }: { readonly username: string; readonly refused?: string },
): string | undefined {
  const { length } = [...password];
  if (length < shortest || length > longest) return `a password has ${shortest} to ${longest} characters`;
  return password === username || password === refused ? 'the password is one that everybody would try first' : undefined;
}
