import { Button, CopyButton } from '@mantine/core';
import { ApiProblem, ApiUnreachable } from '@odst/api-client';
import { IconAlertTriangleFilled } from '@tabler/icons-react';
import { type ReactNode, useSyncExternalStore } from 'react';
import { ToldError } from '../api/told-error.ts';
import { liveState } from '../live/live.ts';
import { texts } from '../texts.ts';
import styles from './problem-alert.module.css';
import { Time } from './time.tsx';

type ProblemAlertProps = {
  readonly error: unknown;
  readonly action?: ReactNode;
  /** Amber where it goes on by itself. */
  readonly tone?: 'red' | 'amber';
  /** Whether what is wrong stands at a field: then it is not said twice. */
  readonly isToldAtField?: boolean;
  /** What is said below the server's words. */
  readonly children?: ReactNode;
};

/** A failure: what happened, in the server's words, what to do, and the trace id to copy. */
export function ProblemAlert({ error, action, tone = 'red', isToldAtField = false, children }: ProblemAlertProps) {
  const problem = told(error);
  const faults = problem.errors.filter(({ detail }) => detail !== problem.detail);
  return (
    <div className={styles['alert']} role="alert" data-tone={tone}>
      <IconAlertTriangleFilled size={18} aria-hidden="true" />
      <div className={styles['title']}>{problem.title}</div>
      <div>{action}</div>
      {!isToldAtField && (
        <div className={styles['detail']}>
          {problem.detail}
          {faults.map(({ detail, pointer }) => (
            <div key={pointer}>{detail}</div>
          ))}
        </div>
      )}
      {children !== undefined && <div className={styles['detail']}>{children}</div>}
      {problem.traceid !== undefined && problem.traceid !== '' && (
        <div className={styles['trace']}>
          <span>{problem.code}</span>
          <CopyButton value={problem.traceid}>
            {({ copied, copy }) => (
              <Button size="compact-xs" variant="subtle" color="gray" onClick={copy}>
                {copied ? texts.copied : texts.copyTrace}
              </Button>
            )}
          </CopyButton>
        </div>
      )}
    </div>
  );
}

type Asked = {
  readonly isError: boolean;
  readonly error: unknown;
  readonly data: unknown;
  /** Milliseconds since 1970. */
  readonly dataUpdatedAt: number;
  readonly refetch: () => Promise<unknown>;
};

/**
 * Why the first of some queries that failed was not answered; nothing while all were. What was told before stays on the page, and this
 * says how old it is. While the stream is broken it is amber: all is asked for again as soon as the server answers.
 */
export function NotTold({ queries }: { readonly queries: readonly Asked[] }) {
  const isLive = useSyncExternalStore(liveState.listen, liveState.get) === 'open';
  const failed = queries.find(({ isError }) => isError);
  if (failed === undefined) return null;
  const again = (
    <Button size="compact-sm" variant="default" onClick={() => void failed.refetch()}>
      {texts.retry}
    </Button>
  );
  return (
    <div className={styles['above']}>
      <ProblemAlert error={failed.error} tone={isLive ? 'red' : 'amber'} action={again}>
        {failed.data !== undefined && (
          <>
            {texts.asItWas} <Time at={new Date(failed.dataUpdatedAt).toISOString()} />.
          </>
        )}
        {!isLive && ` ${texts.askedAgain}`}
      </ProblemAlert>
    </div>
  );
}

/** Any failure in words: a refusal in the server's, what did not reach it, and what is an error of the page as just that. */
function told(error: unknown) {
  const detail = error instanceof Error ? error.message : String(error);
  if (error instanceof ApiProblem) {
    const { code, traceid, errors, document, status } = error;
    return { title: document.title ?? `${status}`, detail, code, traceid, errors };
  }
  if (error instanceof ToldError) return { title: error.title, detail, code: undefined, traceid: undefined, errors: [] };
  const title = error instanceof ApiUnreachable ? texts.unreachable : texts.pageError;
  return { title, detail, code: undefined, traceid: undefined, errors: [] };
}
