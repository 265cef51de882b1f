import { describe, expect, it } from 'vitest';
import { appFacts } from '../../../../src/catalog/app-facts.ts';
import type { AppSightings } from '../../../../src/contract/coverage.ts';
import type { SetupChange } from '../../../../src/contract/setup.ts';
import { coverageOf } from '../../../../src/system/apps/coverage.ts';
import type { CoverageQuestion } from '../../../../src/system/apps/coverage.ts';
import type { MachineFacts, StoreProof } from '../../../../src/system/apps/machine-facts.ts';
import type { RunningApp } from '../../../../src/system/apps/running-apps.ts';

const now = 1_800_000_000_000;
const port = 7465;
const ours = `PROXY 127.0.0.1:${port}; DIRECT`;

const place = (id: string, state: SetupChange['state'], more: Partial<SetupChange> = {}): SetupChange => ({
  id,
  group: id.startsWith('environment') ? 'environment' : id.startsWith('tools') ? 'tools' : id.startsWith('trust') ? 'trust' : 'proxy',
  life: 'live',
  what: `Place ${id}`,
  to: 'Heimdall',
  state,
  ...more,
});
const store = (name: StoreProof['store'], ok = true): StoreProof => ({
  store: name,
  what: `the ${name} store`,
  ok,
  wasTried: ok,
  reason: ok ? undefined : 'The certificate of Heimdall is not in it.',
});
const process = (app: string, env?: Record<string, string>, more: Partial<RunningApp> = {}): RunningApp => ({
  pid: 4711,
  app,
  executable: `/usr/bin/${app}`,
  env: env === undefined ? undefined : new Map(Object.entries(env)),
  ...more,
});
const sightings = (more: Partial<AppSightings>): AppSightings => ({ providers: new Map(), ...more });
const at = (minutesAgo: number, host = 'api.anthropic.com') => ({ at: now - minutesAgo * 60_000, host });

function ask(app: string, machine: Partial<MachineFacts> = {}, seen: Record<string, AppSightings> | null = {}, more: Partial<CoverageQuestion> = {}) {
  return coverageOf({
    app,
    facts: appFacts.get(app),
    machine: {
      platform: 'linux',
      agent: { port },
      changes: [],
      pac: new Map(),
      stores: [],
      installed: new Map([[app, `/usr/bin/${app}`]]),
      packages: [],
      running: [],
      now,
      ...machine,
    },
    seen: seen === null ? undefined : new Map(Object.entries(seen)),
    handling: 'intercept',
    isPaused: false,
    ...more,
  });
}

describe('wired', () => {
  it('is proven for a browser by the place and by the PAC file, evaluated for a host it calls', () => {
    const changes = [place('proxy.gnome', 'done')];
    expect(ask('chrome', { changes, pac: new Map([['api.openai.com', ours]]) }).wired).toMatchObject({
      state: 'yes',
      how: expect.stringContaining(ours) as string,
    });
    expect(ask('chrome', { changes, pac: new Map([['api.openai.com', 'PROXY 127.0.0.1:74651']]) }).wired).toMatchObject({
      state: 'no',
      reason: expect.stringContaining('74651') as string,
    });
    expect(ask('chrome', { changes }).wired).toMatchObject({ state: 'no', reason: 'The PAC file of the agent could not be evaluated.' });
    expect(ask('chrome', { changes: [place('proxy.gnome', 'unavailable', { reason: 'There is no gsettings.' })] }).wired).toMatchObject({
      state: 'no',
      reason: 'There is no gsettings.',
    });
  });

  it('needs a restart where the environment stands but a process was started without it', () => {
    const changes = [place('environment.script:/d/env.sh', 'done')];
    expect(ask('aider', { changes }).wired.state).toBe('yes');
    expect(ask('aider', { changes, running: [process('aider', { HOME: '/h' })] }).wired).toMatchObject({
      state: 'no',
      reason: expect.stringMatching(/^It needs a restart/) as string,
      fix: expect.stringContaining('4711') as string,
    });
    // An address of an agent before this one is no better.
    expect(ask('aider', { changes, running: [process('aider', { HTTPS_PROXY: 'http://127.0.0.1:9999' })] }).wired.reason).toMatch(/restart/);
    expect(ask('aider', { running: [process('aider', { https_proxy: `http://127.0.0.1:${port}/` })] }).wired).toMatchObject({
      state: 'yes',
      how: expect.stringContaining('process 4711'.slice(1)) as string,
    });
  });

  it('takes the settings of the app itself before its environment, and those of the right editor only', () => {
    const changes = [place('tools.claude-code:/h/.claude/settings.json', 'done')];
    expect(ask('claude-code', { changes, running: [process('claude-code', {})] }).wired.state).toBe('yes');
    const code = [place('tools.vscode:/h/.config/Code/User/settings.json', 'done')];
    expect([ask('vscode', { changes: code }).wired.state, ask('cursor', { changes: code }).wired.state]).toEqual(['yes', 'no']);
  });

  it('says what it is where nothing can be set: a container, no proxy at all, strict capture', () => {
    expect(ask('aider', { running: [process('aider', {}, { isContained: true })] }).wired.fix).toContain('--for docker');
    const question = { facts: { routes: [], trust: ['pinned'], host: 'api.openai.com' } } as const;
    expect(ask('x', {}, {}, question).wired).toMatchObject({ state: 'no', reason: 'It ignores proxies.', fix: expect.stringContaining('--strict') as string });
    expect(ask('x', { changes: [place('strict.nftables', 'done')] }, {}, question).wired.state).toBe('yes');
    expect(ask('x', {}, {}, question).trusted).toMatchObject({ state: 'no', reason: 'It is pinned.' });
  });

  it('is unknown for a program nobody knows, until a call of it comes through', () => {
    expect(ask('ingest', {}, {}).wired.state).toBe('unknown');
    expect(ask('ingest', {}, { ingest: sightings({ lastExchange: at(1) }) }).wired.state).toBe('yes');
    expect(ask('ingest', {}, { ingest: sightings({ lastExchange: at(11) }) }).wired.state).toBe('unknown');
  });

  it('waits for the agent where the place is chosen', () => {
    expect(ask('aider', { agent: undefined, changes: [place('environment.script:/d/env.sh', 'waiting')] }).wired).toMatchObject({
      state: 'no',
      fix: '`heimdall run`',
    });
  });
});

describe('trusted', () => {
  it('is proven by one store the app reads, on the system it is on', () => {
    expect(ask('gemini-cli', { stores: [store('node-extra'), store('os', false)] }).trusted.state).toBe('yes');
    expect(ask('gemini-cli', { stores: [store('node-extra', false), store('os')] }).trusted).toMatchObject({
      state: 'no',
      reason: expect.stringContaining('is not in it') as string,
    });
    // Chromium on Linux reads its own database; elsewhere the system's.
    expect(ask('chrome', { stores: [store('os')] }).trusted.state).toBe('no');
    expect(ask('chrome', { stores: [store('os')], platform: 'darwin' }).trusted.state).toBe('yes');
  });

  it('needs a restart where a process was started without the variable that leads to the bundle', () => {
    const machine = { stores: [store('node-extra')], running: [process('gemini-cli', { HOME: '/h' })] };
    expect(ask('gemini-cli', machine).trusted).toMatchObject({
      state: 'no',
      how: expect.stringContaining('NODE_EXTRA_CA_CERTS') as string,
      reason: expect.stringMatching(/restart/) as string,
    });
    expect(ask('gemini-cli', { ...machine, running: [process('gemini-cli', { NODE_EXTRA_CA_CERTS: '/d/extra-ca.pem' })] }).trusted.state).toBe('yes');
  });

  it('needs none where the settings of the app give it the variables', () => {
    const changes = [place('tools.gemini-cli:/h/.gemini/.env', 'done')];
    expect(ask('gemini-cli', { changes, stores: [store('node-extra')], running: [process('gemini-cli', {})] }).trusted.state).toBe('yes');
  });

  it('goes by the app itself: what it accepted, and what it refused although its store holds the certificate', () => {
    expect(ask('claude-code', {}, { 'claude-code': sightings({ lastExchange: at(2) }) }).trusted.state).toBe('yes');
    const refused = { 'claude-code': sightings({ lastExchange: at(3), lastRejection: at(2) }) };
    expect(ask('claude-code', { stores: [store('os')] }, refused).trusted).toMatchObject({ state: 'no', reason: expect.stringContaining('pinned') as string });
    expect(ask('claude-code', { stores: [store('os', false)] }, refused).trusted.fix).toContain('heimdall setup --only trust');
  });
});

describe('observed and enforced', () => {
  it('need an agent', () => {
    const { observed, enforced, wired } = ask('aider', { agent: undefined }, null);
    expect([observed.state, observed.fix, enforced.state, wired.state]).toEqual(['unknown', '`heimdall run`, or the tray app', 'unknown', 'no']);
  });

  it('are proven by what the log holds', () => {
    const seen = { 'claude-code': sightings({ lastExchange: at(100), lastEnforced: at(100) }) };
    const { observed, enforced } = ask('claude-code', {}, seen);
    expect([observed.state, enforced.state, enforced.how]).toEqual(['yes', 'yes', expect.stringContaining('api.anthropic.com')]);
  });

  it('differ for what is passed on unread: by the host, by a pause, as learned', () => {
    const passed = (why?: string) => ({ cursor: sightings({ lastTunnel: { ...at(1, 'api2.cursor.sh'), why } }) });
    expect(ask('cursor', {}, passed(), { handling: 'tunnel' })).toMatchObject({
      observed: { state: 'yes' },
      enforced: { state: 'no', reason: expect.stringContaining('cannot be read') as string },
    });
    expect(ask('cursor', {}, passed(), { isPaused: true }).enforced.reason).toContain('paused');
    expect(ask('cursor', {}, passed('learned-pinned: …')).enforced.reason).toBe('learned-pinned: …');
    expect(ask('aider', {}, { aider: sightings({ lastRejection: at(1) }) }).enforced.reason).toContain('fail');
  });

  it('say of a silent app whether it runs', () => {
    expect(ask('aider').observed.reason).toContain('never ran');
    expect(ask('aider', { running: [process('aider', {})] }).observed.reason).toContain('do not come through');
    expect(ask('aider', { running: [process('aider', { HTTPS_PROXY: `http://127.0.0.1:${port}` })] }).observed.reason).toContain('no AI call yet');
  });

  it('of an extension are those of its editor, where the provider tells them apart', () => {
    const editor = { vscode: sightings({ providers: new Map([['github', at(1, 'api.githubcopilot.com')]]) }) };
    expect([ask('copilot-editor', {}, editor).observed.state, ask('cline', {}, editor).observed.state, ask('copilot-editor', {}, {}).observed.state]).toEqual([
      'yes',
      'unknown',
      'no',
    ]);
  });
});

describe('detected', () => {
  it('names what was found, and an app that only its calls show', () => {
    const machine = {
      packages: [{ kind: 'npm', name: '@anthropic-ai/claude-code', list: 'npm package in /usr/lib/node_modules' }],
      running: [process('claude-code', {})],
    } as const;
    expect(ask('claude-code', machine).detected.how).toBe(
      'Found: /usr/bin/claude-code; npm package in /usr/lib/node_modules: @anthropic-ai/claude-code; process 4711.',
    );
    const gone = { installed: new Map<string, string>() };
    expect(ask('ingest', gone, { ingest: sightings({ lastExchange: at(5, 'api.openai.com') }) }).detected.how).toMatch(/^It called api\.openai\.com at 2027-/);
    expect(ask('zed', gone).detected.state).toBe('no');
  });
});
