// Takes the policy in force apart for people: each value with the layer it came from.
import type { Policy } from '../contract/policy.ts';
import type { PolicyOrigin, PolicyPart } from '../contract/policy-view.ts';
import type { SettingsLayer } from '../contract/settings.ts';

/** Who names the policy file: the managed settings, the user (file, environment, command line), or nobody. */
export function policyOrigin(settings: { layerOf(path: string): SettingsLayer }): PolicyOrigin {
  const layer = settings.layerOf('policyFile');
  return layer === 'managed' || layer === 'default' ? layer : 'user';
}

/** @param stated the document as it was written; what it does not say is a default */
export function policyParts(policy: Policy, stated: unknown, origin: PolicyOrigin): readonly PolicyPart[] {
  const part = (path: readonly string[], value: unknown): PolicyPart => ({ path: path.join('.'), origin: isStated(stated, path) ? origin : 'default', value });
  const fields = (section: 'content' | 'user'): PolicyPart[] => Object.entries(policy[section]).map(([key, value]) => part([section, key], value));
  return [
    ...policy.rules.map((rule): PolicyPart => ({ path: `rules.${rule.id}`, origin, value: rule })),
    ...fields('content'),
    ...fields('user'),
    ...Object.entries(policy.apps).map(([app, decision]): PolicyPart => ({ path: `apps.${app}`, origin, value: decision })),
    ...failEvents.map((event) => part(['failures', event], policy.failures[event] ?? 'closed')),
    ...policy.surfaces.map((surface, index): PolicyPart => ({ path: `surfaces.${index}`, origin, value: surface })),
  ];
}

const failEvents = ['onGatewayDown', 'onUnreadable', 'onPolicyError'] as const;

function isStated(document: unknown, path: readonly string[]): boolean {
  let at: unknown = document;
  for (const key of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return false;
    at = (at as Readonly<Record<string, unknown>>)[key];
  }
  return true;
}
