import { isIP } from 'node:net';
import { resolve } from 'node:path';
import type { Parsed, Setting } from './setting.ts';

/** What a declaration says of a variable; see {@link Setting}. */
type Declared<T> = {
  readonly doc: string;
  readonly example: string;
  readonly default: T;
  /** The default in words, where it is worked out elsewhere. */
  readonly defaultText?: string;
  readonly secret?: boolean;
};

function setting<T>(declared: Declared<T>, parse: (text: string) => Parsed<T>): Setting<T> {
  const fallbackText = declared.default === undefined ? 'none' : `\`${String(declared.default)}\``;
  return {
    doc: declared.doc,
    example: declared.example,
    secret: declared.secret ?? false,
    defaultText: declared.defaultText ?? fallbackText,
    fallback: declared.default,
    parse,
  };
}

const when = <T>(holds: boolean, value: T, fault: string): Parsed<T> => (holds ? { value } : { fault });

/** Any text. */
export function text<T extends string | undefined>(declared: Declared<T>): Setting<T | string> {
  return setting<T | string>(declared, (value) => ({ value }));
}

/** A whole number within bounds, both included. */
export function integer(declared: Declared<number> & { readonly min: number; readonly max: number }): Setting<number> {
  const { min, max } = declared;
  return setting<number>(declared, (value) => {
    const number = /^\d{1,16}$/.test(value) ? Number(value) : Number.NaN;
    return when(number >= min && number <= max, number, `is no whole number from ${min} to ${max}`);
  });
}

/** A TCP port; 0 takes any free one. */
export function port(declared: Declared<number>): Setting<number> {
  return integer({ ...declared, min: 0, max: 65_535 });
}

/** One of a few words, spelled exactly. */
export function choice<const Word extends string, const Default extends Word | undefined>(
  declared: Declared<Default> & { readonly of: readonly Word[] },
): Setting<Word | Default> {
  return setting<Word | Default>(declared, (value) => {
    const word = declared.of.find((candidate) => candidate === value);
    return word === undefined ? { fault: `is not one of ${declared.of.join(', ')}` } : { value: word };
  });
}

/** On for any value but `0`, `false`, `no` and `off`. */
export function flag(declared: Declared<boolean>): Setting<boolean> {
  return setting<boolean>(declared, (value) => ({ value: !['0', 'false', 'no', 'off'].includes(value.toLowerCase()) }));
}

/** A folder or file; relative to where the process was started, absolute in the result. */
export function path<T extends string | undefined>(declared: Declared<T>): Setting<T | string> {
  const absolute = setting<T | string>(declared, (value) => ({ value: resolve(value) }));
  return declared.default === undefined ? absolute : { ...absolute, fallback: resolve(declared.default) };
}

/** A name or address that a listener binds to. */
export function host(declared: Declared<string>): Setting<string> {
  return setting<string>(declared, (value) =>
    when(isIP(value) !== 0 || /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i.test(value), value, 'is no host name or IP address'),
  );
}

/** An absolute http or https URL without credentials, query and fragment; a slash at the end goes. */
export function webUrl(declared: Declared<string | undefined>): Setting<string | undefined> {
  return setting<string | undefined>(declared, (value) => {
    const url = URL.parse(value);
    if (url === null || !['http:', 'https:'].includes(url.protocol)) return { fault: 'is no http or https URL' };
    if (url.username !== '' || url.password !== '') return { fault: 'carries a user name or password' };
    if (url.search !== '' || url.hash !== '') return { fault: 'carries a query or a fragment' };
    return { value: url.href.replace(/\/+$/, '') };
  });
}

/** URL of a PostgreSQL server. Secret, as it carries a password. */
export function postgresUrl(declared: Declared<string | undefined>): Setting<string | undefined> {
  return setting<string | undefined>({ ...declared, secret: true }, (value) => {
    const url = URL.parse(value);
    const isPostgres = url !== null && ['postgres:', 'postgresql:'].includes(url.protocol);
    if (!isPostgres) return { fault: 'is no postgres:// URL' };
    return when(url.pathname.length > 1, value, 'names no database');
  });
}

/** `host:port` of another service. */
export function address(declared: Declared<string>): Setting<string> {
  return setting<string>(declared, (value) => {
    const [, number] = /^[^\s:/]+:(\d{1,5})$/.exec(value) ?? [];
    const inRange = number !== undefined && Number(number) >= 1 && Number(number) <= 65_535;
    return when(inRange, value, 'is not of the form host:port');
  });
}

/** A list with commas; empty items are dropped. */
export function list(
  declared: Declared<readonly string[]> & { readonly parseItem: (item: string) => Parsed<string> },
): Setting<readonly string[]> {
  const base: Declared<readonly string[]> = {
    ...declared,
    defaultText: declared.defaultText ?? (declared.default.length === 0 ? 'none' : `\`${declared.default.join(',')}\``),
  };
  return setting<readonly string[]>(base, (value) => {
    const items = value
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== '')
      .map(declared.parseItem);
    const wrong = items.find((item) => 'fault' in item);
    return wrong ?? { value: items.flatMap((item) => ('value' in item ? [item.value] : [])) };
  });
}

/** Keys of 32 bytes in base64, the newest first; several while keys are changed. */
export function keys(declared: Declared<readonly Buffer[] | undefined>): Setting<readonly Buffer[] | undefined> {
  return setting<readonly Buffer[] | undefined>({ ...declared, secret: true }, (value) => {
    const items = value.split(',').map((item) => item.trim());
    const right = items.every((item) => /^[A-Za-z0-9+/]{43}=$/.test(item));
    return when(
      right,
      items.map((item) => Buffer.from(item, 'base64')),
      'is not 32 bytes in base64',
    );
  });
}
