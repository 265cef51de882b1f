// A host that stands for all that are intercepted, in probes that need one.
import { interceptedHosts } from '../catalog/match.ts';

/** A full name, never a pattern. */
export function interceptedHost(): string {
  const hosts = interceptedHosts().filter((name) => !name.startsWith('*.'));
  // One that everybody knows, for what people read.
  return hosts.find((name) => name === 'api.openai.com') ?? hosts[0] ?? 'api.openai.com';
}
