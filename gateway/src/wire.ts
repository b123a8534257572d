import { OdstError } from '@odst/kernel';

// What services say in their messages, in the terms of the HTTP API's schemas. Protobuf leaves out what it likes and has strings
// where there are few words: what is missing or strange here is a defect of a service.

/** One of a few words. */
export function oneOf<const Word extends string>(words: readonly Word[], text: string): Word {
  const word = words.find((one) => one === text);
  if (word === undefined)
    throw new OdstError('COMMON_INTERNAL', `a service said ${text}, which is not one of ${words.join(', ')}`);
  return word;
}

/** A time of `/api/v1`. */
export function timeOf(time: Date | undefined): string {
  return presentTime(time).toISOString();
}

/** A time that every such message has. */
export function presentTime(time: Date | undefined): Date {
  if (time === undefined) throw new OdstError('COMMON_INTERNAL', 'a service left out a time');
  return time;
}

/** Adds what an admin should know: the documented answer is empty, so it goes where scripts pass over it. */
export function withWarnings<Reply extends { header(name: string, value: string): unknown }>(
  reply: Reply,
  warnings: readonly string[],
): Reply {
  if (warnings.length > 0) reply.header('odst-warning', warnings.join('; ').replace(/[^\x20-\x7e]+/g, '?'));
  return reply;
}

/** An empty text means none. */
export function textOrNull(text: string): string | null {
  return text === '' ? null : text;
}

/** The roles of accounts and tokens. */
export const roles = ['viewer', 'uploader', 'promoter', 'admin'] as const;

/** How a content may be on this server. */
export const contentStatuses = ['Public', 'Downloading', 'Withheld'] as const;

/** How a package may be on this server. */
export const packageStatuses = [...contentStatuses, 'Deleted'] as const;
