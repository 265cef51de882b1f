// The proxy of the organisation: from the setting, with its password in hand, or from the environment of the agent.
import { AgentError } from '../contract/errors.ts';
import type { UpstreamProxySettings } from '../contract/settings.ts';
import type { UpstreamProxy } from '../contract/upstream-proxy.ts';
import type { Environment } from './paths.ts';
import { resolveSecret } from './secrets.ts';
import type { SecretPlaces } from './secrets.ts';
import type { SettingsConcern } from './targets.ts';

/** Undefined: what is found on the machine counts. The URL carries user and password. Throws `settings-invalid`. */
export function resolveUpstreamProxy(
  setting: UpstreamProxySettings,
  places: SecretPlaces,
): { readonly proxy: UpstreamProxy | undefined; readonly concerns: readonly SettingsConcern[] } {
  const from = 'network.upstreamProxy';
  if (setting === 'system') return { proxy: undefined, concerns: [] };
  if (setting === 'none') return { proxy: { kind: 'direct' }, concerns: [] };
  if ('pac' in setting) return { proxy: { kind: 'pac', url: setting.pac, from }, concerns: [] };
  const url = new URL(setting.url);
  if (setting.password !== undefined && setting.user === undefined && url.username === '') {
    throw new AgentError('settings-invalid', 'network.upstreamProxy has a password and no user. Set user as well.');
  }
  const concerns: SettingsConcern[] = [];
  if (setting.user !== undefined) url.username = encodeURIComponent(setting.user);
  if (setting.password !== undefined) {
    const resolved = resolveSecret(setting.password, places);
    if (!resolved.found) concerns.push({ code: 'secret-missing', detail: `${from}: ${resolved.reason}` });
    else {
      url.password = encodeURIComponent(resolved.secret.reveal());
      if (resolved.exposed !== undefined) concerns.push({ code: 'secret-exposed', detail: resolved.exposed });
    }
  }
  return { proxy: { kind: 'manual', http: url.href, https: url.href, noProxy: setting.noProxy, from }, concerns };
}

/** What programs of the user are told by HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY; the lower case counts first, as for curl. */
export function environmentProxy(env: Environment): UpstreamProxy {
  const valueOf = (name: string): string | undefined => (env[name.toLowerCase()] ?? env[name])?.trim() || undefined;
  const all = valueOf('ALL_PROXY');
  const [http, https] = [valueOf('HTTP_PROXY') ?? all, valueOf('HTTPS_PROXY') ?? all];
  if (http === undefined && https === undefined) return { kind: 'direct' };
  const noProxy = (valueOf('NO_PROXY') ?? '').split(/[\s,]+/).filter((entry) => entry !== '');
  return { kind: 'manual', http, https, noProxy, from: `${https === undefined ? 'HTTP_PROXY' : 'HTTPS_PROXY'} of the environment` };
}
