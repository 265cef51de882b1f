// The worker thread of process-owner-linux.ts: reads /proc and answers in the order asked.
import { parentPort, workerData } from 'node:worker_threads';
import { ProcReader } from './process-owner-proc.ts';
import type { ScanAnswer, ScanRequest } from './process-owner-linux.ts';

const { procDir } = workerData as { readonly procDir: string };
const reader = new ProcReader(procDir);

parentPort?.on('message', ({ id, connections }: ScanRequest) => {
  parentPort?.postMessage({ id, found: reader.find(connections) } satisfies ScanAnswer);
});
