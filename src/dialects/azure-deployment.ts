// The model of a call to Azure, which names the deployment in the path and may leave the model out of the body.
import type { ReadResult } from '../contract/dialect.ts';

const deployment = /\/deployments\/([^/?]+)\//;

/** The facts with the deployment in `path` as the model, where the body names none. */
export function withDeployment(read: ReadResult, path: string): ReadResult {
  if (!read.ok || read.facts.model !== undefined) return read;
  const model = deployment.exec(path)?.[1];
  return model === undefined ? read : { ok: true, facts: { ...read.facts, model } };
}
