/** What registering needs of the other server. */
export type OtherServer = { readonly url: string; readonly iss: string; readonly key: string };

/**
 * Finds the three in what was pasted: what "Copy all" gives, the answer of `GET /api/admin/about`, or lines of any form that have an
 * address, 32 hex digits and 44 characters of base64.
 */
export function readPasted(text: string): Partial<OtherServer> {
  const fromJson = jsonOf(text);
  const url = fromJson['url'] ?? /https?:\/\/[^\s"',;]+/.exec(text)?.[0];
  const iss = fromJson['iss'] ?? fromJson['iss_id'] ?? /(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])/i.exec(text)?.[0];
  const key = fromJson['key'] ?? /(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{43}=/.exec(text)?.[0];
  return {
    ...(url !== undefined && { url }),
    ...(iss !== undefined && { iss: iss.toLowerCase() }),
    ...(key !== undefined && { key }),
  };
}

function jsonOf(text: string): Readonly<Record<string, string | undefined>> {
  try {
    const read: unknown = JSON.parse(text);
    if (typeof read !== 'object' || read === null) return {};
    return Object.fromEntries(Object.entries(read).filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
  } catch {
    // It is no JSON: the lines are looked through.
    return {};
  }
}
