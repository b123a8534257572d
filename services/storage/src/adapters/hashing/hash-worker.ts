import { createHash, type Hash, hash } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';
import type { HashAnswer, HashTask, HashWorkerData } from './hash-messages.ts';

if (parentPort === null) throw new Error('hash-worker.ts runs as a worker thread');
const port = parentPort;
const { slots } = workerData as HashWorkerData;
const lanes = new Map<number, readonly Hash[]>();

const laneOf = (id: number): readonly Hash[] => {
  const lane = lanes.get(id);
  if (lane === undefined) throw new Error(`there is no lane ${id}`);
  return lane;
};

function run(task: HashTask): readonly Uint8Array[] {
  switch (task.type) {
    case 'digest': {
      const bytes = new Uint8Array(slots, task.offset, task.length);
      return task.algorithms.map((algorithm) => hash(algorithm, bytes, 'buffer'));
    }
    case 'open':
      lanes.set(
        task.lane,
        task.algorithms.map((algorithm) => createHash(algorithm)),
      );
      return [];
    case 'update': {
      const bytes = new Uint8Array(slots, task.offset, task.length);
      for (const whole of laneOf(task.lane)) whole.update(bytes);
      return [];
    }
    case 'finish': {
      const digests = laneOf(task.lane).map((whole) => whole.digest());
      lanes.delete(task.lane);
      return digests;
    }
    case 'forget':
      lanes.delete(task.lane);
      return [];
  }
}

port.on('message', (task: HashTask) => {
  port.postMessage({ task: task.task, digests: run(task) } satisfies HashAnswer);
});
