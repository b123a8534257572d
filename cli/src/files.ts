import type { Credential } from '@odst/api-client';

/** A file of this machine. */
export type LocalFile = {
  /** Absolute. */
  readonly path: string;
  /** Without folders, in Unicode's NFC, as servers keep names. */
  readonly name: string;
  readonly sizeBytes: number;
};

/** What is told of bytes as they pass: how many of all. */
export type OnBytes = (doneBytes: number) => void;

/** How a file is sent. */
export type Sending = {
  /** Of the server. */
  readonly baseUrl: string;
  readonly credential: Credential;
  readonly file: LocalFile;
  /** By the names of tus, unencoded. */
  readonly metadata: Readonly<Record<string, string>>;
  /** What an upload of before is to replace now; its metadata say what it was then. */
  readonly replaces?: string | undefined;
  /** Where an upload of before goes on. Default: a new one */
  readonly uploadUrl?: string;
  /** Told where the upload lives as soon as that is known. */
  readonly onUrl: (url: string) => void;
  readonly onBytes: OnBytes;
  readonly signal: AbortSignal;
};

/** Files of this machine, and their way to a server and back. */
export type Files = {
  /** @throws Fault failed where there is no such file, or it cannot be read */
  readonly describe: (path: string) => Promise<LocalFile>;
  /** SHA-256 of the content, in hex. @throws Fault failed where it cannot be read; the reason of the signal */
  readonly sha256: (file: LocalFile, onBytes: OnBytes, signal: AbortSignal) => Promise<string>;
  /**
   * Sends a file by tus 1.0, and goes on by itself after a cut. @returns URL of the upload
   * @throws ApiProblem what it is refused with; 404 and 410 for an upload of before that is no more
   * @throws ApiUnreachable when the server stays away
   * @throws the reason of the signal
   */
  readonly send: (sending: Sending) => Promise<string>;
  /**
   * Writes bytes beside a path, and puts them there when `isRight` says so of their SHA-256 in hex; else nothing stays.
   * @throws Fault failed where the bytes are not right, or the file cannot be written; the reason of the signal: then nothing stays too
   */
  readonly save: (
    path: string,
    bytes: ReadableStream<Uint8Array>,
    onBytes: OnBytes,
    isRight: (sha256: string) => boolean,
    signal: AbortSignal,
  ) => Promise<void>;
};

/** Shows how far something long is. */
export type Progress = Disposable & {
  /** @param doneBytes of all */
  update(doneBytes: number): void;
};
