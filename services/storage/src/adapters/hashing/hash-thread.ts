import { Worker } from 'node:worker_threads';
import type { HashAnswer, HashTask, HashWorkerData } from './hash-messages.ts';

type WithoutNumber<Task> = Task extends HashTask ? Omit<Task, 'task'> : never;

/** One thread that hashes, tasks in the order in which they were given. */
export interface HashThread extends AsyncDisposable {
  /** Tasks under way. */
  readonly load: number;
  /** @throws Error when the thread died before it answered */
  run(task: WithoutNumber<HashTask>): Promise<readonly Uint8Array[]>;
}

type Waiting = { resolve(digests: readonly Uint8Array[]): void; reject(error: Error): void };

type Running = { readonly worker: Worker; readonly waiting: Map<number, Waiting> };

/** Starts a thread over the slots. A thread that died fails its tasks and is started anew with the next one. */
export function startHashThread(slots: SharedArrayBuffer): HashThread {
  let tasks = 0;
  let running: Running | undefined;

  const start = (): Running => {
    const workerData: HashWorkerData = { slots };
    const worker = new Worker(new URL('./hash-worker.ts', import.meta.url), { workerData, name: 'hash' });
    const waiting = new Map<number, Waiting>();
    const started: Running = { worker, waiting };
    const fail = (error: Error) => {
      if (running === started) running = undefined;
      for (const { reject } of waiting.values()) reject(error);
      waiting.clear();
    };
    worker.on('message', ({ task, digests }: HashAnswer) => {
      waiting.get(task)?.resolve(digests);
      waiting.delete(task);
    });
    worker.on('error', fail);
    worker.on('exit', () => fail(new Error('the hash thread ended')));
    return started;
  };
  running = start();

  return {
    get load() {
      return running?.waiting.size ?? 0;
    },
    run(task) {
      running ??= start();
      tasks += 1;
      const { promise, resolve, reject } = Promise.withResolvers<readonly Uint8Array[]>();
      running.waiting.set(tasks, { resolve, reject });
      running.worker.postMessage({ ...task, task: tasks } satisfies HashTask);
      return promise;
    },
    async [Symbol.asyncDispose]() {
      await running?.worker.terminate();
    },
  };
}
