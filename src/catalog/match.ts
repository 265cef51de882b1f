// Which surface a host is: an exact name first, then the one wildcard that could cover it.
import { catalogRows } from './hosts.ts';
import type { CatalogRow } from './hosts.ts';
import type { Surface } from '../contract/exchange.ts';

const exact = new Map<string, Surface>();
/** Keyed by what follows the star: `api.x.ai` for `*.api.x.ai`. */
const wildcards = new Map<string, Surface>();

function surfaceOf(row: CatalogRow, pattern: string): Surface {
  const { provider, product, kind, handling, forward } = row;
  return Object.freeze({ provider, product, pattern, kind, handling, forward });
}

for (const row of catalogRows) {
  for (const pattern of row.hosts) {
    if (pattern.startsWith('*.')) wildcards.set(pattern.slice(2), surfaceOf(row, pattern));
    else exact.set(pattern, surfaceOf(row, pattern));
  }
}

/** The surface of a host name (no port), in any case, with or without a final dot; the same frozen object every time. */
export function matchHost(host: string): Surface | undefined {
  const found = exact.get(host);
  if (found !== undefined) return found;
  const name = (host.endsWith('.') ? host.slice(0, -1) : host).toLowerCase();
  const dot = name.indexOf('.');
  return exact.get(name) ?? (dot > 0 ? wildcards.get(name.slice(dot + 1)) : undefined);
}

const intercepted: readonly string[] = Object.freeze(
  catalogRows
    .filter((row) => row.handling === 'intercept')
    .flatMap((row) => row.hosts)
    .sort(),
);

/** Every pattern whose TLS is terminated, sorted: what the CA may speak for and what the PAC file sends here. */
export function interceptedHosts(): readonly string[] {
  return intercepted;
}
