// Reads the policy as the agent reports it (JSON of unknown shape) into what the view shows; what it does not know is counted, not guessed.
// Not the contract's own schema: that would bring its validator, which compiles code at run time, under a security policy that forbids it.
import type { Ask, Conditions, FailEvent, FailMode, Rule } from '../../../src/contract/policy.ts';

type Field = keyof Conditions;
const conditionFields: readonly Field[] = ['app', 'host', 'provider', 'product', 'model', 'dialect', 'findings'];
export const failEvents: readonly FailEvent[] = ['onGatewayDown', 'onUnreadable', 'onPolicyError'];

export interface ReadCondition {
  readonly field: Field;
  /** One of them is enough. */
  readonly values: readonly string[];
}

export interface ReadRule {
  readonly id: string;
  readonly description: string | undefined;
  readonly action: Rule['action'];
  readonly message: string | undefined;
  /** All must hold; none means every call. */
  readonly conditions: readonly ReadCondition[];
  readonly ask: Ask | undefined;
}

export interface ReadSurface {
  readonly where: readonly { readonly field: 'host' | 'provider' | 'product'; readonly values: readonly string[] }[];
  readonly modes: readonly { readonly event: FailEvent; readonly mode: FailMode }[];
}

export interface ReadPolicy {
  readonly rules: readonly ReadRule[];
  /** `closed` where the policy says nothing. */
  readonly failures: Readonly<Record<FailEvent, FailMode>>;
  readonly surfaces: readonly ReadSurface[];
  readonly content: { readonly keep: 'none' | 'memory'; readonly values: 'masked' | 'clear' };
  readonly user: { readonly pause: boolean; readonly longestPauseMinutes: number; readonly quit: boolean; readonly decideApps: boolean };
  readonly apps: readonly { readonly app: string; readonly decision: 'approved' | 'denied' }[];
  /** Rules or exceptions that could not be read. */
  readonly skipped: number;
}

export function readPolicy(policy: unknown): ReadPolicy {
  const whole = asObject(policy) ?? {};
  const given = asList(whole['rules']);
  const rules = given.map(readRule).filter((rule) => rule !== undefined);
  const givenSurfaces = asList(whole['surfaces']);
  const surfaces = givenSurfaces.map(readSurface).filter((surface) => surface !== undefined);
  const failures = asObject(whole['failures']) ?? {};
  const content = asObject(whole['content']) ?? {};
  const user = asObject(whole['user']) ?? {};
  const modeOf = (event: FailEvent): FailMode => asFailMode(failures[event]) ?? 'closed';
  return {
    rules,
    failures: { onGatewayDown: modeOf('onGatewayDown'), onUnreadable: modeOf('onUnreadable'), onPolicyError: modeOf('onPolicyError') },
    surfaces,
    content: { keep: content['keep'] === 'none' ? 'none' : 'memory', values: content['values'] === 'clear' ? 'clear' : 'masked' },
    user: {
      pause: user['pause'] !== false,
      longestPauseMinutes: typeof user['longestPauseMinutes'] === 'number' ? user['longestPauseMinutes'] : 1440,
      quit: user['quit'] !== false,
      decideApps: user['decideApps'] !== false,
    },
    apps: Object.entries(asObject(whole['apps']) ?? {}).flatMap(([app, decision]) =>
      decision === 'approved' || decision === 'denied' ? [{ app, decision }] : [],
    ),
    skipped: given.length - rules.length + givenSurfaces.length - surfaces.length,
  };
}

function readRule(given: unknown): ReadRule | undefined {
  const rule = asObject(given);
  const action = asAction(rule?.['action']);
  const id = rule?.['id'];
  if (rule === undefined || action === undefined || typeof id !== 'string') return undefined;
  const when = asObject(rule['when']) ?? {};
  // A condition this window does not know would make the rule read wider than it is.
  if (Object.keys(when).some((key) => !conditionFields.some((field) => field === key))) return undefined;
  const conditions = conditionFields.flatMap((field) => {
    const values = asNames(when[field]);
    return values.length === 0 ? [] : [{ field, values }];
  });
  return {
    id,
    description: asText(rule['description']),
    action,
    message: asText(rule['message']),
    conditions,
    ask: action === 'ask' ? readAsk(rule['ask']) : undefined,
  };
}

/** The values that hold where a rule says nothing are the contract's. */
function readAsk(given: unknown): Ask {
  const ask = asObject(given) ?? {};
  return {
    otherwise: ask['otherwise'] === 'allow' ? 'allow' : 'block',
    seconds: typeof ask['seconds'] === 'number' ? ask['seconds'] : 60,
    justification: ask['justification'] !== false,
  };
}

function readSurface(given: unknown): ReadSurface | undefined {
  const surface = asObject(given);
  if (surface === undefined) return undefined;
  const where = (['host', 'provider', 'product'] as const).flatMap((field) => {
    const values = asNames(surface[field]);
    return values.length === 0 ? [] : [{ field, values }];
  });
  const modes = failEvents.flatMap((event) => {
    const mode = asFailMode(surface[event]);
    return mode === undefined ? [] : [{ event, mode }];
  });
  return { where, modes };
}

function asObject(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Readonly<Record<string, unknown>>) : undefined;
}

const asList = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const asText = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);
const asNames = (value: unknown): readonly string[] => (Array.isArray(value) ? value : [value]).filter((name) => typeof name === 'string');
const asFailMode = (value: unknown): FailMode | undefined => (value === 'open' || value === 'closed' ? value : undefined);
const actions: readonly Rule['action'][] = ['allow', 'block', 'redact', 'ask'];
const asAction = (value: unknown): Rule['action'] | undefined => actions.find((action) => action === value);
