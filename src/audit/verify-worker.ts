// Verifies on a thread of its own: reading a million rows takes seconds that requests must not wait for.
import { createPublicKey } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';
import type { VerifyReport } from '../contract/audit.ts';
import { verifyChain } from './verify.ts';

export interface VerifyData {
  readonly dir: string;
  readonly publicKeyPem: string;
}

export type FromVerifier = { readonly kind: 'progress'; readonly rows: number } | { readonly kind: 'report'; readonly report: VerifyReport };

if (parentPort !== null) {
  const port = parentPort;
  const { dir, publicKeyPem } = workerData as VerifyData;
  const post = (message: FromVerifier): void => port.postMessage(message);
  post({ kind: 'report', report: verifyChain(dir, createPublicKey(publicKeyPem), (rows) => post({ kind: 'progress', rows })) });
}
