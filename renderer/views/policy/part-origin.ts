// Where a part of the policy comes from: its own entry, else that of the part around it, else that of the whole policy.
import type { PolicyInfo } from '../../../src/contract/control.ts';
import type { PolicyOrigin } from '../../../src/contract/policy-view.ts';

export function originOf({ parts, origin }: Pick<PolicyInfo, 'parts' | 'origin'>, path: string): PolicyOrigin {
  for (let at = path; at !== ''; at = parentOf(at)) {
    const part = parts.find((candidate) => candidate.path === at);
    if (part) return part.origin;
  }
  return origin;
}

/** Ids of rules may hold dots themselves; walking up piece by piece still ends at the part around them. */
function parentOf(path: string): string {
  const dot = path.lastIndexOf('.');
  return dot === -1 ? '' : path.slice(0, dot);
}
