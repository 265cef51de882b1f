// The secrets that settings name beside those of targets: virtual keys of this device, tokens of telemetry.
import type { SecretSource } from '../contract/secret.ts';
import type { Settings } from '../contract/settings.ts';
import { resolveSecret } from './secrets.ts';
import type { SecretPlaces } from './secrets.ts';
import type { SettingsConcern } from './targets.ts';

export interface SettingsSecrets {
  /** By id; a key that is missing here stands in the key store, or is missed. */
  readonly virtualKeys: ReadonlyMap<string, string>;
  /** What Prometheus has to bring. */
  readonly metricsToken: string | undefined;
  /** Headers for the OTLP collector. */
  readonly otlpHeaders: Readonly<Record<string, string>>;
}

export function resolveSettingsSecrets(settings: Settings, places: SecretPlaces): { secrets: SettingsSecrets; concerns: readonly SettingsConcern[] } {
  const concerns: SettingsConcern[] = [];
  const read = (source: SecretSource | undefined, what: string): string | undefined => {
    if (source === undefined) return undefined;
    const resolved = resolveSecret(source, places);
    if (!resolved.found) {
      concerns.push({ code: 'secret-missing', detail: `${what}: ${resolved.reason}` });
      return undefined;
    }
    if (resolved.exposed !== undefined) concerns.push({ code: 'secret-exposed', detail: resolved.exposed });
    return resolved.secret.reveal();
  };
  const found = (entries: readonly (readonly [name: string, source: SecretSource | undefined])[], what: string): [string, string][] =>
    entries.flatMap(([name, source]) => {
      const secret = read(source, `${what} ${name}`);
      return secret === undefined ? [] : [[name, secret] as [string, string]];
    });
  const { prometheus, otlp } = settings.telemetry;
  const virtualKeys = new Map(
    found(
      settings.virtualKeys.map(({ id, key }) => [id, key] as const),
      'virtual key',
    ),
  );
  const otlpHeaders = Object.fromEntries(found(Object.entries(otlp?.headers ?? {}), 'OTLP header'));
  return { secrets: { virtualKeys, metricsToken: read(prometheus.token, 'the token of /metrics'), otlpHeaders }, concerns };
}

/** The same settings with whatever may be a secret left out of printing, serialising and spreading. */
export function withHiddenSecrets(settings: Settings): Settings {
  return hide(
    {
      ...settings,
      targets: settings.targets.map(hideTarget),
      virtualKeys: settings.virtualKeys.map((key) => hide(key, 'key')),
      network: hideProxy(settings.network),
    },
    'telemetry',
  );
}

type TargetEntry = Settings['targets'][number];

const hideTarget = (target: TargetEntry): TargetEntry => (target.kind === 'gateway' ? hide(target, 'virtualKey', 'headers') : target);

/** The whole of a proxy with a login is hidden: a URL may carry the password, too. */
const hideProxy = (network: Settings['network']): Settings['network'] => (typeof network.upstreamProxy === 'string' ? network : hide(network, 'upstreamProxy'));

/** A copy in which these entries, where they are there, can be read but are not enumerated. */
function hide<T extends object>(value: T, ...keys: readonly (keyof T)[]): T {
  const copy = { ...value };
  for (const key of keys) if (value[key] !== undefined) Object.defineProperty(copy, key, { value: value[key], enumerable: false });
  return copy;
}
