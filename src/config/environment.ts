// Settings from environment variables: the layer below the user's file.
import { AgentError } from '../contract/errors.ts';
import { Settings } from '../contract/settings.ts';
import { absolutePath } from './paths.ts';
import type { Machine } from './paths.ts';
import { virtualKeyVariable } from './targets.ts';

/** Which variable sets which setting. */
const variables = {
  port: 'HEIMDALL_PORT',
  targets: 'HEIMDALL_GATEWAY_URL',
  policyFile: 'HEIMDALL_POLICY',
  log: 'HEIMDALL_LOG_LEVEL',
} as const;

type SettingsInput = Record<string, unknown>;

/** Throws `settings-invalid` naming the variable. An empty variable counts as not set. */
export function environmentLayer(machine: Machine): SettingsInput {
  const valueOf = (name: keyof typeof variables): string | undefined => machine.env[variables[name]]?.trim() || undefined;
  const [port, url, policy, level] = [valueOf('port'), valueOf('targets'), valueOf('policyFile'), valueOf('log')];
  const layer: SettingsInput = {};
  if (port !== undefined) layer['port'] = /^\d+$/.test(port) ? Number(port) : port;
  if (url !== undefined)
    layer['targets'] = [{ id: 'gateway', kind: 'gateway', url, ...(machine.env[virtualKeyVariable] ? { virtualKey: { env: virtualKeyVariable } } : {}) }];
  if (policy !== undefined) layer['policyFile'] = absolutePath(policy, machine.cwd, machine);
  if (level !== undefined) layer['log'] = { level };

  const parsed = Settings.safeParse(layer);
  if (!parsed.success) {
    const faults = parsed.error.issues.map(({ path, message }) => `${variables[path[0] as keyof typeof variables]}: ${message}`);
    throw new AgentError('settings-invalid', `${faults.join('. ')}. Correct or unset the environment variable.`);
  }
  return layer;
}

export const gatewayUrlVariable = variables.targets;
