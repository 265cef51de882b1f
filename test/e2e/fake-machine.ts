// The machine around the fake agent: settings with locks, set-up steps, checks. Setters change it, as the real ones do.
import type { CaInfo } from '../../src/contract/control.ts';
import type { DiagnosticCheck } from '../../src/contract/diagnostics.ts';
import { AgentError } from '../../src/contract/errors.ts';
import type { EditableSetting, SettingEntry, SettingsView } from '../../src/contract/settings-view.ts';
import type { SetupChange, SetupStep, SetupStepId } from '../../src/contract/setup.ts';
import { failingPlace, firstSteps, stepAfter } from './fake-setup.ts';
import { fakeFingerprint } from './fake-states.ts';

const userFile = '/home/ada/.config/heimdall/settings.json';
const managedFile = '/etc/heimdall/settings.yaml';
const lockedBy = `Your administrator set this in ${managedFile}.`;

export class FakeMachine {
  #needsRestart = false;
  readonly #entries = new Map<EditableSetting, SettingEntry>();
  readonly #steps = new Map<SetupStepId, SetupStep>();

  constructor() {
    const entry = (key: EditableSetting, value: SettingEntry['value'], layer: SettingEntry['layer']): void => {
      const file = layer === 'managed' ? managedFile : layer === 'user' ? userFile : undefined;
      const isManaged = layer === 'managed';
      this.#entries.set(key, { key, value, layer, file, secret: key === 'gateway.virtualKey', lockedBy: isManaged ? lockedBy : undefined });
    };
    entry('gateway.url', 'https://ai-gateway.example.com', 'managed');
    entry('gateway.virtualKey', 'set', 'user');
    entry('port', 7465, 'default');
    entry('portFallback', true, 'default');
    entry('audit.retentionDays', 365, 'managed');
    entry('log.level', 'info', 'user');
    entry('policyFile', '/etc/heimdall/policy.yaml', 'managed');
    for (const step of firstSteps(userFile)) this.#steps.set(step.id, step);
  }

  settings(): SettingsView {
    return { entries: [...this.#entries.values()], userFile, managedFile, needsRestart: this.#needsRestart };
  }

  setSetting(key: EditableSetting, value: SettingEntry['value']): SettingsView {
    const before = this.#entries.get(key);
    if (before?.lockedBy !== undefined) throw new AgentError('not-allowed', `${key} cannot be changed here. ${before.lockedBy}`);
    if (key === 'port' && typeof value === 'number' && value > 65535) throw new AgentError('settings-invalid', 'port must be between 0 and 65535.');
    const secret = key === 'gateway.virtualKey';
    const shown = secret ? (value === null ? null : 'set') : value;
    this.#entries.set(key, {
      key,
      value: shown,
      secret,
      layer: value === null ? 'default' : 'user',
      file: value === null ? undefined : userFile,
      lockedBy: undefined,
    });
    this.#needsRestart = true;
    return this.settings();
  }

  steps(): SetupStep[] {
    return [...this.#steps.values()];
  }

  change(id: SetupStepId, to: 'done' | 'not-done'): SetupStep {
    const before = this.#steps.get(id);
    if (before === undefined || (to === 'done' && before.state === 'unavailable')) throw new AgentError('setup-failed', `The step ${id} cannot be made here.`);
    const changes = before.changes.map((change) => changed(change, to));
    // Whoever looks again finds a place that failed merely untouched; only this answer knows.
    this.#steps.set(
      id,
      stepAfter(
        before,
        changes.map((change) => (change.state === 'failed' ? { ...change, state: 'not-done', reason: undefined } : change)),
      ),
    );
    return stepAfter(before, changes);
  }
}

function changed(change: SetupChange, to: 'done' | 'not-done'): SetupChange {
  if (change.state === 'unavailable') return change;
  if (to === 'done' && change.id === failingPlace.id) return { ...change, state: 'failed', reason: failingPlace.reason };
  return { ...change, state: to, reason: undefined };
}

export const fakeChecks: readonly DiagnosticCheck[] = [
  {
    id: 'listener-127.0.0.1',
    title: 'The proxy answers on 127.0.0.1:7465',
    verdict: 'ok',
    tried: 'GET http://127.0.0.1:7465/proxy.pac',
    seen: 'The PAC file, 1840 characters; it ends in DIRECT.',
  },
  {
    id: 'ca',
    title: 'The certificate authority is valid',
    verdict: 'ok',
    tried: 'Certificate 7C:1E:9A:40:5B:D2:33:F8…, limited to 61 names.',
    seen: 'Valid for another 700 days.',
  },
  {
    id: 'policy',
    title: 'The policy in force is the one in the file',
    verdict: 'ok',
    tried: '/etc/heimdall/policy.yaml, revision 4f9a1c07d2be.',
    seen: '6 rules in force.',
  },
  {
    id: 'surface-tools.npm:~/.npmrc',
    title: 'Settings of npm (~/.npmrc)',
    verdict: 'failed',
    tried: 'Reading it; wanted: Its traffic goes to Heimdall (`proxy`, `https-proxy` and `noproxy`)',
    seen: 'It was changed since Heimdall set it.',
    culprit: 'program (npm)',
    fix: 'Run `heimdall setup --only tools` (`heimdall doctor --fix` does it).',
    canFix: true,
  },
  {
    id: 'inspector',
    title: 'Nobody else opens TLS in front of Heimdall',
    verdict: 'warning',
    tried: 'A handshake with api.openai.com',
    seen: 'The certificate was issued by "Zscaler Intermediate Root CA", not by a public authority.',
    culprit: 'another TLS inspector (Zscaler Intermediate Root CA)',
    fix: 'Ask whoever runs it to leave AI hosts out.',
  },
  ...['Certificate database of Chromium and Chrome (~/.pki/nssdb)', 'Certificate database of Firefox (~/.mozilla/firefox/k2x9q0ab.default-esr)'].map(
    (what): DiagnosticCheck => ({
      id: `surface-${what}`,
      title: `Trusted in: ${what}`,
      verdict: 'ok',
      tried: 'A handshake by the roots of this store and no others',
      seen: 'It is accepted.',
    }),
  ),
  {
    id: 'target-gateway-eu',
    title: 'Target gateway-eu answers',
    verdict: 'failed',
    tried: "The gateway's latest calls.",
    seen: 'connect-timeout after 10 s to https://ai-gateway.example.com',
    culprit: 'network',
    fix: 'Check the network, the address of the gateway and its certificate.',
  },
  {
    id: 'target-gateway-us',
    title: 'Target gateway-us answers',
    verdict: 'skipped',
    tried: "The gateway's latest calls.",
    seen: 'It was not used yet; the first call tells.',
  },
  { id: 'audit', title: 'The audit log is written', verdict: 'ok', tried: '/home/ada/.local/share/heimdall/audit/audit.db', seen: '4200 rows, 0 waiting.' },
  {
    id: 'disk',
    title: 'There is room on the disk',
    verdict: 'warning',
    tried: 'Free space of the data folder.',
    seen: '412 MB are free.',
    culprit: 'this machine',
    fix: 'Free space, or shorten audit.retentionDays in the settings.',
  },
];

/** What a repair answers: what could be put right is, and says so. */
export const repairedChecks: readonly DiagnosticCheck[] = fakeChecks.map((check): DiagnosticCheck => {
  if (check.canFix !== true) return check;
  const { id, title, tried } = check;
  return { id, title, verdict: 'ok', tried, seen: 'It is set.', repaired: 'It was set again.' };
});

export function fakeCa(dataDir: string, now: number): CaInfo {
  return {
    pem: '-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIBAgIUZmFrZSBjZXJ0aWZpY2F0ZQ==\n-----END CERTIFICATE-----\n',
    fingerprint: fakeFingerprint,
    subject: 'Heimdall CA of ada-laptop',
    notBefore: now - 30 * 86_400_000,
    notAfter: now + 700 * 86_400_000,
    permitted: ['api.openai.com', 'api.anthropic.com', 'generativelanguage.googleapis.com', 'api.githubcopilot.com', 'openrouter.ai', 'api.mistral.ai'],
    file: `${dataDir}/ca/ca.pem`,
  };
}
