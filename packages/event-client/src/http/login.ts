/** How to log in at a server. */
export type ServerLogin =
  /** HTTP Basic with an account. */
  | { readonly username: string; readonly password: string }
  /** Headers of one's own, asked for at each request, so that what expires can be renewed. */
  | { readonly headers: () => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>> };

/** The headers that log in; none without a login. */
export async function loginHeaders(login: ServerLogin | undefined): Promise<Readonly<Record<string, string>>> {
  if (login === undefined) return {};
  if ('headers' in login) return login.headers();
  // RFC 7617: the server's charset is UTF-8.
  return { authorization: `Basic ${Buffer.from(`${login.username}:${login.password}`).toString('base64')}` };
}
