/** Where a server gives out a package. What no shell and no client takes for a sign of its own stays as it is; all else is written by its code. */
export function downloadUrl(origin: string, filename: string): string {
  const name = encodeURIComponent(filename).replaceAll(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
  return `${origin}/share/${name}`;
}

/** The line that fetches it into a file of its name, whatever that is, to be pasted into a shell. */
export function curlLine(url: string, filename: string): string {
  // By its own way of reading addresses curl would take the brackets of one of IPv6 for a range.
  const plain = url.includes('[') ? ' --globoff' : '';
  return `curl --fail${plain} --output ${quoted(filename.startsWith('-') ? `./${filename}` : filename)} ${quoted(url)}`;
}

/** As one word of a shell, in which nothing has a meaning. */
const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;
