// The set-up of the fake machine: about the places that a developer's Debian laptop has, in every state a place can be in.
import type { SetupChange, SetupStep, SurfaceGroup } from '../../src/contract/setup.ts';

type More = Partial<Pick<SetupChange, 'state' | 'reason' | 'life'>>;

const data = `~/.local/share/heimdall`;
const certificate = 'the certificate "Heimdall BB8A87C7"';

function place(group: SurfaceGroup, id: string, what: string, to: string, more: More = {}): SetupChange {
  return { id: `${group}.${id}`, group, life: 'lasting', what, to, state: 'not-done', ...more };
}

const nss = (of: string, folder: string, more: More = {}): SetupChange =>
  place('trust', `nss:${folder}`, `Certificate database of ${of} (${folder})`, `${certificate}, trusted for web servers`, more);

const trust: readonly SetupChange[] = [
  place(
    'trust',
    'anchors',
    'Trusted roots of this computer (/usr/local/share/ca-certificates, /etc/ssl/certs/ca-certificates.crt)',
    `${certificate}, trusted by every program that goes by the system`,
    {
      state: 'unavailable',
      reason: 'Only an administrator can change it. Run `sudo heimdall setup --data-dir ~/.local/share/heimdall` to have it too.',
    },
  ),
  nss('Chromium and Chrome', '~/.pki/nssdb'),
  nss('Chromium and Chrome', '~/snap/chromium/current/.pki/nssdb'),
  nss('Firefox', '~/.mozilla/firefox/k2x9q0ab.default-esr'),
  nss('Firefox', '~/.var/app/org.mozilla.firefox/.mozilla/firefox/x81m4c2d.default-release'),
  nss('Firefox', '~/.mozilla/firefox/old-profile', { state: 'changed-by-others', reason: 'It was changed since Heimdall set it.' }),
  place('trust', 'java:/usr/lib/jvm/java-21-openjdk-amd64/lib/security/cacerts', `Certificate store of Java (/etc/ssl/certs/java/cacerts)`, certificate, {
    state: 'unavailable',
    reason: 'Only an administrator can change it. Run `sudo heimdall setup --data-dir ~/.local/share/heimdall` to have it too.',
  }),
  place('trust', 'java:~/.sdkman', 'Certificate store of Java (~/.sdkman/candidates/java/21.0.4-tem/lib/security/cacerts)', certificate),
];

const shellBlock = 'a marked block that reads the variables of Heimdall while its agent runs, and does nothing otherwise';
const variables = 'variables that name the proxy and the certificate bundles, joined with those you have set';
const shell = (name: string, when: string, file: string): SetupChange =>
  place('environment', `shell:${file}`, `Start file of ${name}, read ${when} (${file})`, shellBlock);
const script = (name: string): SetupChange =>
  place('environment', `script:${data}/${name}`, `Script ${name} for new shells (${data}/${name})`, variables, { life: 'live' });

/** Of a tool whose own settings name the proxy. */
const tool = (name: string, title: string, file: string, keys: string, more: More = {}): SetupChange =>
  place('tools', `${name}:${file}`, `Settings of ${title} (${file})`, `Its traffic goes to Heimdall (${keys})`, { life: 'live', ...more });

const capture: readonly SetupChange[] = [
  place('proxy', 'gnome', 'Network proxy of the desktop (GNOME settings; Chromium and Chrome follow it)', 'automatic, with http://127.0.0.1:7465/proxy.pac', {
    life: 'live',
  }),
  place(
    'environment',
    'bundle:bundle.pem',
    `Certificate bundle bundle.pem (${data}/bundle.pem)`,
    'the roots of this computer and the certificate of this installation',
  ),
  place('environment', 'bundle:extra-ca.pem', `Certificate bundle extra-ca.pem (${data}/extra-ca.pem)`, 'the certificate of this installation'),
  script('env.sh'),
  script('env.fish'),
  shell('bash', 'in every terminal', '~/.bashrc'),
  shell('bash', 'when it logs in', '~/.profile'),
  shell('zsh', 'always', '~/.zshenv'),
  shell('fish', 'always', '~/.config/fish/conf.d/heimdall.fish'),
  place('environment', 'd:session', 'Environment of this session (systemctl --user)', variables, { life: 'live', state: 'waiting' }),
  place('environment', 'd:90', 'Environment of coming sessions (~/.config/environment.d/90-heimdall.conf)', variables, {
    state: 'unavailable',
    reason:
      'It is set only where the agent starts with the session, so that no session ever begins with a proxy that does not answer. `heimdall setup --service` sees to that.',
  }),
  tool('claude-code', 'Claude Code', '~/.claude/settings.json', 'HTTPS_PROXY, HTTP_PROXY, NO_PROXY and NODE_EXTRA_CA_CERTS in `env`'),
  tool('codex', 'OpenAI Codex', '~/.codex/config.toml', 'HTTPS_PROXY in `shell_environment_policy.set`'),
  tool('gemini-cli', 'Gemini CLI', '~/.gemini/settings.json', '`advanced.proxy`'),
  tool('vscode', 'Visual Studio Code', '~/.config/Code/User/settings.json', '`http.proxy`'),
  tool('git', 'git', '~/.gitconfig', '`http.proxy`'),
  tool('npm', 'npm', '~/.npmrc', '`proxy`, `https-proxy` and `noproxy`', {
    state: 'changed-by-others',
    reason: 'It was changed since Heimdall set it.',
  }),
  tool('opencode', 'OpenCode', '~/.config/opencode/opencode.json', '`proxy`'),
  tool('docker', 'the Docker client', '~/.docker/config.json', '`proxies`', {
    state: 'unavailable',
    reason:
      'On Linux a container cannot reach 127.0.0.1 of this computer, so containers are not sent to it. Run `heimdall env --for docker` to see what a container needs.',
  }),
];

/** The place whose change always fails, and why. */
export const failingPlace = {
  id: 'tools.opencode:~/.config/opencode/opencode.json',
  reason: 'It is not valid JSON: line 14 ends too early. Put the file right, then try again.',
};

export function firstSteps(userFile: string): readonly SetupStep[] {
  return [
    { id: 'trust', state: 'not-done', changes: trust },
    { id: 'capture', state: 'not-done', changes: capture },
    {
      id: 'key',
      state: 'not-done',
      changes: [
        { what: `Settings file ${userFile}`, to: 'the address of your gateway', state: 'not-done' },
        { what: 'A file only you can read, in the data folder', to: 'the virtual key', state: 'not-done' },
      ],
    },
  ];
}

/** As the agent counts it. */
export function stepAfter(step: SetupStep, changes: readonly SetupChange[]): SetupStep {
  const done = changes.filter(({ state }) => state === 'done').length;
  const possible = changes.filter(({ state }) => state !== 'unavailable').length;
  return { ...step, changes, state: possible === 0 ? 'unavailable' : done === 0 ? 'not-done' : done === possible ? 'done' : 'partly' };
}
