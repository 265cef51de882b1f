// A host that stands for all that are intercepted, in probes that need one.
import { interceptedHosts } from '../catalog/match.ts';

/** A full name, never a pattern. */
export function interceptedHost(): string {
  return interceptedHosts().find((name) => !name.startsWith('*.')) ?? 'api.openai.com';
}
