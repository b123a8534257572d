import { ApiProblem } from '@odst/api-client';
import { systemTimers } from '@odst/async/timers';
import { api, loginCount, signedOut } from '../../api/client.ts';
import { texts } from '../../texts.ts';
import { forgetUpload, otherTabs } from './left-uploads.ts';
import { checkSeen } from './taken-names.ts';
import type { Sending, SendListener } from './tus-upload.ts';
import { UploadStop } from './upload-failure.ts';
import { isOver, type UploadItem } from './upload-item.ts';
import { createUploadQueue, type UploadQueue } from './upload-queue.ts';

/** The files of this tab. */
export const uploads: UploadQueue = createUploadQueue({
  send,
  async resultOf(id) {
    const { outcome, packageId, sha256 } = await api.get('/api/v1/uploads/{id}', { params: { path: { id } } });
    return { outcome, packageId, sha256 };
  },
  forget: forgetUpload,
  check: checkSeen,
  explain,
  signedOut: signedOut.tell,
  loginCount,
  timers: systemTimers,
  nowMs: () => Date.now(),
});

addEventListener('online', () => uploads.online());

uploads.listen(() => {
  otherTabs.tell(uploads.list().flatMap((item) => (item.id === undefined || isOver(item) ? [] : [item.id])));
});

const goingOn: readonly UploadItem['state'][] = ['queued', 'sending', 'verifying', 'retrying', 'signed-out'];

// A browser asks before it closes a tab that still sends. What it sent goes on from there after all.
addEventListener('beforeunload', (event) => {
  if (uploads.list().some(({ state }) => goingOn.includes(state))) event.preventDefault();
});

/** What sends is loaded with the first file. */
function send(item: UploadItem, file: File, listener: SendListener): Sending {
  let isStopped = false;
  let sending: Sending | undefined;
  const load = async () => {
    const { sendByTus } = await import('./tus-upload.ts').catch(notLoaded);
    if (!isStopped) sending = sendByTus(item, file, listener);
  };
  load().catch(listener.failed);
  return {
    stop() {
      isStopped = true;
      sending?.stop();
    },
  };
}

/** A server that does not answer is tried again; one that was updated has this file of the page no more, and a person has to look. */
async function notLoaded(): Promise<never> {
  await api.get('/api/v1/session');
  const { title, detail } = texts.uploads.outdated;
  throw new UploadStop('stopped', title, detail);
}

/** Asks why an upload was refused: the answer to a HEAD has no words. */
async function explain({ id }: UploadItem, problem: ApiProblem): Promise<unknown> {
  if (id === undefined) return problem;
  try {
    const { refusal } = await api.get('/api/v1/uploads/{id}', { params: { path: { id } } });
    return refusal === null ? problem : new ApiProblem(refusal.status, refusal);
  } catch (error) {
    return error;
  }
}
