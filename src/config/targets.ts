// Turns the targets of the settings into what the forwarder needs: parsed URLs, secrets in hand.
import { AgentError } from '../contract/errors.ts';
import type { TargetSettings } from '../contract/settings.ts';
import type { GatewayTarget, Target } from '../contract/target.ts';
import { resolveSecret } from './secrets.ts';
import type { SecretPlaces } from './secrets.ts';

/** Something that works but should be known; `code` is that of a health warning. */
export interface SettingsConcern {
  readonly code: 'secret-exposed' | 'secret-missing' | 'gateway-insecure' | 'settings-overridden' | 'key-without-gateway';
  readonly detail: string;
}

/** The variable whose key goes to gateways that have none of their own. */
export const virtualKeyVariable = 'HEIMDALL_VIRTUAL_KEY';

/** In the order of the settings. A gateway's `virtualKey` is not enumerable: printing, serialising and spreading leave it out. */
export function resolveTargets(
  settings: readonly TargetSettings[],
  places: SecretPlaces,
): { targets: readonly Target[]; concerns: readonly SettingsConcern[] } {
  const concerns: SettingsConcern[] = [];
  const seen = new Set<string>();
  const targets = settings.map((each): Target => {
    if (seen.has(each.id)) throw new AgentError('settings-invalid', `Two targets have the id ${JSON.stringify(each.id)}. Give each target its own.`);
    seen.add(each.id);
    switch (each.kind) {
      case 'origin':
      case 'simulator':
        return { id: each.id, kind: each.kind };
      case 'provider': {
        const { provider, keys, models } = each;
        return { ...placeOf(each), kind: 'provider', provider, url: each.url === undefined ? undefined : safeUrl(each.id, each.url, concerns), keys, models };
      }
      case 'gateway':
        return gateway(each, safeUrl(each.id, each.url, concerns), places, concerns);
    }
  });
  if (targets.every(({ kind }) => kind !== 'gateway') && places.env[virtualKeyVariable]) {
    concerns.push({ code: 'key-without-gateway', detail: virtualKeyVariable });
  }
  return { targets, concerns };
}

const placeOf = ({ id, region, tier, limits }: TargetSettings & { kind: 'gateway' | 'provider' }) => ({ id, region, tier, limits });

function gateway(settings: TargetSettings & { kind: 'gateway' }, url: URL, places: SecretPlaces, concerns: SettingsConcern[]): GatewayTarget {
  const virtualKey = virtualKeyOf(settings, places, concerns);
  const headers = headersOf(settings, places, concerns);
  const target: GatewayTarget = { ...placeOf(settings), kind: 'gateway', url, wire: settings.wire ?? 'bifrost', virtualKey, headers };
  return Object.defineProperties(target, { virtualKey: { value: virtualKey, enumerable: false }, headers: { value: headers, enumerable: false } });
}

function headersOf({ id, headers }: TargetSettings & { kind: 'gateway' }, places: SecretPlaces, concerns: SettingsConcern[]): readonly string[] {
  return Object.entries(headers ?? {}).flatMap(([name, source]) => {
    const resolved = resolveSecret(source, places);
    if (resolved.found) return [name, resolved.secret.reveal()];
    concerns.push({ code: 'secret-missing', detail: `${id}, header ${name}: ${resolved.reason}` });
    return [];
  });
}

function safeUrl(id: string, text: string, concerns: SettingsConcern[]): URL {
  const url = baseUrl(text);
  if (url.username !== '' || url.password !== '') {
    throw new AgentError(
      'settings-invalid',
      `The URL of the target ${id} holds a user name or a password. Take it out; a gateway's key goes into virtualKey, a provider's into \`heimdall keys add\`.`,
    );
  }
  if (url.protocol === 'http:' && !isLoopback(url.hostname)) concerns.push({ code: 'gateway-insecure', detail: `${id} at ${url.host}` });
  return url;
}

function virtualKeyOf(settings: TargetSettings & { kind: 'gateway' }, places: SecretPlaces, concerns: SettingsConcern[]): string | undefined {
  const resolved = resolveSecret(settings.virtualKey ?? { env: virtualKeyVariable }, places);
  if (!resolved.found) {
    // Without a key in the settings a gateway may well be open; only a key that was promised is missed.
    if (settings.virtualKey !== undefined) concerns.push({ code: 'secret-missing', detail: `${settings.id}: ${resolved.reason}` });
    return undefined;
  }
  if (resolved.exposed !== undefined) concerns.push({ code: 'secret-exposed', detail: resolved.exposed });
  return resolved.secret.reveal();
}

/** No trailing slash, no query, no fragment. */
function baseUrl(text: string): URL {
  const url = new URL(text);
  url.pathname = url.pathname.replace(/\/+$/, '');
  url.search = '';
  url.hash = '';
  return url;
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host.endsWith('.localhost') || host === '[::1]' || /^127(?:\.\d+){3}$/.test(host);
}
