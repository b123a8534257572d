import { Button } from '@mantine/core';
import { ApiProblem } from '@odst/api-client';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { memo, useState } from 'react';
import { CopyText } from '../../components/copy-text.tsx';
import { durationText, rateText, shortDigest, sizeText } from '../../components/format.ts';
import { ProblemAlert } from '../../components/problem-alert.tsx';
import { useNow } from '../../components/time.tsx';
import { ShareBar, type Tone } from '../../components/tone.tsx';
import { texts } from '../../texts.ts';
import { coverageQuery } from '../package/package-queries.ts';
import { HeldActs, RowActs, Sure } from './upload-acts.tsx';
import { isOver, type UploadItem } from './upload-item.ts';
import styles from './upload-tray.module.css';
import { uploads } from './uploads.ts';

const tones: Readonly<Record<UploadItem['state'], Tone>> = {
  queued: 'grey',
  sending: 'blue',
  verifying: 'blue',
  paused: 'amber',
  retrying: 'amber',
  'signed-out': 'amber',
  stopped: 'red',
  held: 'red',
  cancelling: 'grey',
  published: 'green',
  refused: 'red',
};

/** One file: each step by its name, and a tick only when the server said so. */
export const UploadRow = memo(function UploadRow({ item }: { readonly item: UploadItem }) {
  const { filename, sizeBytes, sentBytes, state, error, result } = item;
  const [isAsked, setAsked] = useState(false);
  const share = state === 'published' ? 1 : sizeBytes === 0 ? 0 : sentBytes / sizeBytes;
  const cancel = () => void uploads.cancel(item.key);
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
        <RowActs item={item} onCancel={() => (sentBytes > 0 ? setAsked(true) : cancel())} />
      </div>
      <ShareBar share={share} tone={tones[state]} width="100%" />
      <Steps item={item} />
      {isAsked && !isOver(item) && state !== 'cancelling' && (
        <Sure words={texts.uploads.cancelSure(filename, sizeText(sentBytes))} onYes={cancel} onNo={() => setAsked(false)} />
      )}
      {error !== undefined && (
        <ProblemAlert
          error={error}
          tone={state === 'stopped' || state === 'held' || state === 'refused' ? 'red' : 'amber'}
          action={<HeldActs item={item} />}
        />
      )}
      {result?.sha256 != null && (
        <div className={styles['digest']}>
          SHA-256 <span title={result.sha256}>{shortDigest(result.sha256)}</span>{' '}
          <CopyText value={result.sha256} what="SHA-256" />
        </div>
      )}
    </li>
  );
});

function progressText({ state, sizeBytes, sentBytes, bytesPerSecond }: UploadItem): string {
  if (state === 'published' || state === 'refused' || sentBytes === 0) return sizeText(sizeBytes);
  const sent = `${Math.floor((sentBytes / Math.max(sizeBytes, 1)) * 100)} %`;
  if (state !== 'sending') return `${sent} of ${sizeText(sizeBytes)}`;
  if (bytesPerSecond === 0) return sent;
  return `${sent} · ${rateText(bytesPerSecond)} · ${durationText((sizeBytes - sentBytes) / bytesPerSecond)}`;
}

/** sending → verifying → published → on 3 of 9 sites */
function Steps({ item }: { readonly item: UploadItem }) {
  const { state, stage, result, error } = item;
  const { steps } = texts.uploads;
  if (state === 'retrying') return <Retrying item={item} />;
  if (state !== 'sending' && state !== 'verifying' && state !== 'published') {
    const advice = error instanceof ApiProblem ? texts.uploads.advice[error.code ?? ''] : undefined;
    return (
      <div className={styles['steps']}>
        {state === 'stopped' && item.sentBytes === 0 ? steps.notBegun : steps[state]}
        {advice !== undefined && <strong>{advice}</strong>}
      </div>
    );
  }
  const at = ['sending', 'verifying', 'published'].indexOf(state);
  const isPublished = state === 'published';
  const last = result?.outcome === 'unchanged' ? steps.unchanged : steps.published(stage);
  const names = [at > 0 ? steps.sent : steps.sending, isPublished ? steps.verified : steps.verifying, last];
  return (
    <ol className={styles['steps']}>
      {names.map((step, index) => (
        // A tick is the server's word, and that comes for all of them at the end.
        <li key={step} data-done={isPublished} aria-current={index === at ? 'step' : undefined}>
          {step}
          {isPublished && ' ✓'}
        </li>
      ))}
      {result?.packageId != null && <SitesStep packageId={result.packageId} sha256={result.sha256} />}
    </ol>
  );
}

function Retrying({ item: { key, tries, nextTryAt } }: { readonly item: UploadItem }) {
  const now = useNow(1_000);
  const seconds = nextTryAt === undefined ? 0 : Math.ceil((nextTryAt.getTime() - now.getTime()) / 1_000);
  return (
    <div className={styles['steps']}>
      <span>{texts.uploads.steps.nextTry(seconds)}</span>
      <span>{texts.uploads.steps.retrying(tries)}</span>
      <Button size="compact-xs" variant="subtle" onClick={() => uploads.resume(key)}>
        {texts.uploads.tryNow}
      </Button>
    </div>
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
