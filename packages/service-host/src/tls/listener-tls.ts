import { stat } from 'node:fs/promises';
import { startPeriodic, type Timers, warnWith } from '@odst/async';
import { type Clock, isOdstError } from '@odst/kernel';
import type { Logger, Metrics } from '@odst/telemetry';
import type { Readiness } from '../readiness.ts';
import type { ServerContext } from '../run-server.ts';
import { type Certificate, type CertificateSettings, readCertificate } from './certificate.ts';

/** The TLS of the listeners of a process. Disposing ends the watch over its files. */
export interface ListenerTls extends AsyncDisposable {
  /** What listeners begin with. */
  readonly certificate: Certificate;
  /** Calls for each certificate that takes the place of the one before. Disposing ends that. */
  onRenewed(take: (certificate: Certificate) => void): Disposable;
  /** Looks at the files now. */
  look(): void;
}

/** Of {@link openListenerTls}. */
export type ListenerTlsOptions = {
  readonly settings: CertificateSettings;
  readonly readiness: Pick<Readiness, 'set'>;
  readonly metrics: Pick<Metrics, 'read'>;
  readonly logger: Logger;
  readonly clock: Clock;
  /** From one look at the files to the next, in milliseconds. Default 10 s */
  readonly intervalMs?: number;
  /** Default those of the process */
  readonly timers?: Timers;
};

const dayMs = 86_400_000;
/** Who renews by a program has renewed long before. */
const warnBeforeMs = 14 * dayMs;

/**
 * Reads the certificate of the listeners, and reads it again when its files change, however they are replaced: what is renewed
 * counts for the connections that come, and ends none. A renewal that cannot be used leaves the certificate that is there, is
 * warned of once, and shows in readiness.
 * @returns undefined when no certificate is set
 * @throws OdstError COMMON_SETTING_INVALID: one line with the variable, what is wrong with its file, and an example
 */
export async function openListenerTls(options: ListenerTlsOptions): Promise<ListenerTls | undefined> {
  const mark = await markOf(options.settings);
  const certificate = readCertificate(options.settings);
  return certificate && watchFiles(options, certificate, mark);
}

/**
 * Opens them as a part of a server. SIGHUP has the files looked at, as `systemctl reload` sends it; on a terminal it ends the program,
 * as the terminal was closed.
 */
export async function useListenerTls(
  { settings, host, logger }: Pick<ServerContext, 'settings' | 'host' | 'logger'>,
  options: Pick<ListenerTlsOptions, 'metrics' | 'clock'>,
): Promise<ListenerTls | undefined> {
  const tls = await openListenerTls({ ...options, settings, readiness: host.readiness, logger });
  if (tls === undefined) return undefined;
  if (!process.stdout.isTTY) process.on('SIGHUP', () => tls.look());
  return host.use('certificate', () => tls);
}

function watchFiles(options: ListenerTlsOptions, first: Certificate, firstMark: string): ListenerTls {
  const { settings, metrics, logger, intervalMs = 10_000, timers } = options;
  let certificate = first;
  let mark = firstMark;
  const takers = new Set<(renewed: Certificate) => void>();
  const expiry = watchExpiry(options);
  /** A fault of the files as they are, which is told when they are still so at the next look: two files are not replaced at once. */
  let fault: { readonly mark: string; readonly isTold: boolean } | undefined;

  const renew = (found: string): void => {
    let read: Certificate;
    try {
      read = readCertificate(settings) ?? certificate;
    } catch (error) {
      if (!isOdstError(error)) throw error;
      const isTold = fault?.mark === found;
      if (isTold) logger.warn({ reason: error.message }, notTaken);
      fault = { mark: found, isTold };
      return;
    }
    mark = found;
    fault = undefined;
    // Only touched, or read before while it was being written.
    if (read.cert === certificate.cert && read.key === certificate.key) return;
    certificate = read;
    for (const take of takers) take(certificate);
    logger.info({ endsAt: certificate.endsAt }, 'the certificate of the listeners was renewed');
  };
  const look = async (): Promise<void> => {
    const found = await markOf(settings);
    if (found === mark) fault = undefined;
    else if (fault?.isTold !== true || fault.mark !== found) renew(found);
    expiry.tell(certificate, fault?.isTold === true);
  };
  expiry.tell(certificate, false);
  const reading = metrics.read('odst_tls_certificate_expiry_timestamp_seconds', async () => [
    { labels: {}, value: certificate.endsAt.getTime() / 1_000 },
  ]);
  const watching = startPeriodic({
    ...{ name: 'looking for a renewed certificate', intervalMs, firstAfterMs: intervalMs, run: look },
    onError: warnWith(logger),
    ...(timers && { timers }),
  });
  return {
    get certificate() {
      return certificate;
    },
    onRenewed(take) {
      takers.add(take);
      return { [Symbol.dispose]: () => void takers.delete(take) };
    },
    look: () => watching.soon(),
    async [Symbol.asyncDispose]() {
      reading[Symbol.dispose]();
      await watching[Symbol.asyncDispose]();
    },
  };
}

const notTaken =
  'the certificate of the listeners was replaced by one that cannot be used: the one before stays until its files are mended';

/** Tells readiness how the certificate is, and warns once a day of one that has ended or soon will. */
function watchExpiry({ readiness, logger, clock }: ListenerTlsOptions) {
  let warnedAt = Number.NEGATIVE_INFINITY;
  return {
    tell({ startsAt, endsAt }: Certificate, isKept: boolean): void {
      const now = clock.now().getTime();
      const ended = endsAt.getTime() <= now;
      const state = `${ended ? 'ended' : 'ends'} ${endsAt.toISOString()}`;
      readiness.set('certificate', true, isKept ? `${state}; the files of a newer one cannot be used, see the log` : state);
      const isWorthAWarning = startsAt.getTime() > now || endsAt.getTime() - now < warnBeforeMs;
      if (!isWorthAWarning || now - warnedAt < dayMs) return;
      warnedAt = now;
      const early = startsAt.getTime() > now;
      if (early) logger.warn({ startsAt }, 'the certificate of the listeners is not valid yet: clients refuse it until then');
      else if (ended) logger.warn({ endsAt }, 'the certificate of the listeners has ended: clients refuse it; renew it');
      else logger.warn({ endsAt }, 'the certificate of the listeners ends soon: renew it');
    },
  };
}

/** What changes when one of the files is written, or another takes its place, be it behind a link. */
async function markOf({ ODST_TLS_CERT, ODST_TLS_KEY }: CertificateSettings): Promise<string> {
  const files = [ODST_TLS_CERT, ODST_TLS_KEY].map(async (path = '') => {
    try {
      const { dev, ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
      return [dev, ino, size, mtimeNs, ctimeNs].join();
    } catch (error) {
      return String(error);
    }
  });
  return (await Promise.all(files)).join(';');
}
