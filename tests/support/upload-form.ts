/** A part of a form: a field, or a file when it has a name. */
export type FormPart = {
  readonly name: string;
  readonly value: string | Uint8Array;
  readonly filename?: string;
  readonly type?: string;
  /** Parameters of its Content-Disposition, in place of `name` and `filename`. */
  readonly head?: string;
  /** One more header. */
  readonly more?: string;
};

/** The boundary of {@link formBody}. */
export const boundary = 'boundary-of-a-test';

/** Content-Type of {@link formBody}. */
export const formType = `multipart/form-data; boundary=${boundary}`;

/** A form's bytes exactly as written here, names included: no client library mends them. */
export function formBody(parts: readonly FormPart[]): Buffer {
  return Buffer.concat([...parts.map(partBytes), Buffer.from(`--${boundary}--\r\n`)]);
}

/** The usual form. */
export function uploadForm(filename: string, content: string | Uint8Array, stage: string): Buffer {
  return formBody([
    { name: 'stage', value: stage },
    { name: 'file', filename, value: content },
  ]);
}

function partBytes({ name, value, filename, type = 'application/octet-stream', head, more }: FormPart): Buffer {
  const file = filename === undefined ? '' : `; filename="${filename.replaceAll('"', '%22')}"`;
  const headers = [
    `Content-Disposition: form-data; ${head ?? `name="${name}"${file}`}`,
    ...(filename === undefined ? [] : [`Content-Type: ${type}`]),
    ...(more === undefined ? [] : [more]),
  ];
  return Buffer.concat([
    Buffer.from(`--${boundary}\r\n${headers.join('\r\n')}\r\n\r\n`),
    Buffer.from(value),
    Buffer.from('\r\n'),
  ]);
}
