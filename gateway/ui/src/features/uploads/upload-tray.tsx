import { ActionIcon, Button } from '@mantine/core';
import { IconPlayerPause, IconPlayerPlay, IconX } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useSyncExternalStore } from 'react';
import { CopyText } from '../../components/copy-text.tsx';
import { durationText, rateText, shortDigest, sizeText } from '../../components/format.ts';
import { ProblemAlert } from '../../components/problem-alert.tsx';
import { ShareBar, type Tone } from '../../components/tone.tsx';
import { texts } from '../../texts.ts';
import { coverageQuery } from '../package/package-queries.ts';
import { isOver, type UploadItem } from './upload-item.ts';
import { uploads } from './upload-queue.ts';
import styles from './upload-tray.module.css';

/** The files on their way, on every page: each step by its name, and a tick only when the server said so. */
export function UploadTray() {
  const items = useSyncExternalStore(uploads.listen, uploads.list);
  if (items.length === 0) return null;
  return (
    <section className={styles['tray']} aria-label={texts.uploads.tray}>
      <header className={styles['head']}>
        <h2>{texts.uploads.count(items.length)}</h2>
        <span className={styles['hint']}>{texts.uploads.goesOn}</span>
        {items.some(isOver) && (
          <Button size="compact-xs" variant="subtle" onClick={() => uploads.clear()}>
            {texts.uploads.clear}
          </Button>
        )}
      </header>
      <ul className={styles['list']}>
        {items.map((item) => (
          <UploadRow key={item.key} item={item} />
        ))}
      </ul>
    </section>
  );
}

const tones: Readonly<Record<UploadItem['state'], Tone>> = {
  queued: 'grey',
  sending: 'blue',
  verifying: 'blue',
  paused: 'amber',
  published: 'green',
  refused: 'red',
  failed: 'amber',
};

function UploadRow({ item }: { readonly item: UploadItem }) {
  const { filename, sizeBytes, sentBytes, state, error, result } = item;
  const share = state === 'published' ? 1 : sizeBytes === 0 ? 0 : sentBytes / sizeBytes;
  return (
    <li className={styles['row']} data-state={state}>
      <div className={styles['line']}>
        {result?.packageId != null ? (
          <Link className={styles['name']} to="/packages/$id" params={{ id: String(result.packageId) }} title={filename}>
            {filename}
          </Link>
        ) : (
          <span className={styles['name']} title={filename}>
            {filename}
          </span>
        )}
        <span className={styles['hint']}>{progressText(item)}</span>
        <RowActs item={item} />
      </div>
      <ShareBar share={share} tone={tones[state]} width="100%" />
      <Steps item={item} />
      {error !== undefined && <ProblemAlert error={error} />}
      {result?.sha256 != null && (
        <div className={styles['digest']}>
          SHA-256 {shortDigest(result.sha256)} <CopyText value={result.sha256} what="SHA-256" />
        </div>
      )}
    </li>
  );
}

function progressText({ state, sizeBytes, sentBytes, bytesPerSecond }: UploadItem): string {
  if (state !== 'sending') return sizeText(sizeBytes);
  const share = `${Math.floor((sentBytes / Math.max(sizeBytes, 1)) * 100)} %`;
  if (bytesPerSecond === 0) return share;
  return `${share} · ${rateText(bytesPerSecond)} · ${durationText((sizeBytes - sentBytes) / bytesPerSecond)}`;
}

function RowActs({ item: { key, state, filename } }: { readonly item: UploadItem }) {
  const isRunning = state === 'sending' || state === 'queued';
  const canResume = state === 'paused' || state === 'failed';
  return (
    <span className={styles['acts']}>
      {isRunning && (
        <ActionIcon
          size="sm"
          variant="subtle"
          color="gray"
          aria-label={texts.uploads.pause(filename)}
          onClick={() => void uploads.pause(key)}
        >
          <IconPlayerPause size={14} />
        </ActionIcon>
      )}
      {canResume && (
        <ActionIcon size="sm" variant="subtle" aria-label={texts.uploads.resume(filename)} onClick={() => uploads.resume(key)}>
          <IconPlayerPlay size={14} />
        </ActionIcon>
      )}
      {(isRunning || canResume) && (
        <ActionIcon
          size="sm"
          variant="subtle"
          color="gray"
          aria-label={texts.uploads.cancel(filename)}
          title={texts.uploads.cancelHint}
          onClick={() => void uploads.cancel(key)}
        >
          <IconX size={14} />
        </ActionIcon>
      )}
    </span>
  );
}

/** sending → verifying → published → on 3 of 9 sites */
function Steps({ item: { state, stage, result } }: { readonly item: UploadItem }) {
  const { steps } = texts.uploads;
  if (state === 'queued' || state === 'paused' || state === 'refused' || state === 'failed')
    return <div className={styles['steps']}>{steps[state]}</div>;
  const at = ['sending', 'verifying', 'published'].indexOf(state);
  return (
    <ol className={styles['steps']}>
      {[steps.sending, steps.verifying, result?.outcome === 'unchanged' ? steps.unchanged : steps.published(stage)].map(
        (step, index) => (
          <li key={step} data-done={index < at || state === 'published'} aria-current={index === at ? 'step' : undefined}>
            {step}
            {(index < at || state === 'published') && ' ✓'}
          </li>
        ),
      )}
      {result?.packageId != null && <SitesStep packageId={result.packageId} sha256={result.sha256} />}
    </ol>
  );
}

function SitesStep({ packageId, sha256 }: { readonly packageId: number; readonly sha256: string | null }) {
  const { data } = useQuery(coverageQuery(packageId));
  const head = data?.find((one) => one.sha256 === sha256);
  if (head === undefined || head.of === 0) return null;
  const isWhole = head.held === head.of;
  return (
    <li data-done={isWhole}>
      {texts.uploads.steps.sites(head.held, head.of)}
      {isWhole && ' ✓'}
    </li>
  );
}
