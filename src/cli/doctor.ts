// `heimdall doctor`: examines everything that AI calls depend on, says who is to blame and what to do, and repairs what it can.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadSettings } from '../config/settings.ts';
import type { LoadedSettings } from '../config/settings.ts';
import { absolutePath } from '../config/paths.ts';
import type { ControlClient } from '../contract/control.ts';
import type { DiagnosticCheck } from '../contract/diagnostics.ts';
import { AgentError, codeOf, messageOf } from '../contract/errors.ts';
import { examine, examineAround } from '../doctor/doctor.ts';
import { liveInstruments } from '../doctor/instruments.ts';
import type { LivingAgent, Patient, SetupCare } from '../doctor/patient.ts';
import { reportFile } from '../doctor/report.ts';
import { dataDirOf, findAgent } from './agent-link.ts';
import { dataDirOption } from './command.ts';
import type { CommandContext, CommandInput, CommandSpec } from './command.ts';
import { checkLines, summaryLine } from './doctor-lines.ts';
import { openSetup } from './machine-setup.ts';
import { counted } from './output.ts';

export const doctor: CommandSpec = {
  name: 'doctor',
  summary: 'find what is wrong, who is to blame, and repair what can be repaired',
  options: [
    { flags: '--fix', description: 'repair what can be repaired, without asking, and look again' },
    { flags: '--report <file>', description: 'write a report without secrets and names: .html for people, .json for programs' },
    { flags: '--offline', description: 'leave the network out: no provider, gateway or name server is asked' },
    { flags: '--quick', description: 'the same as --offline' },
    { flags: '--probe-gateway', description: 'also try WebSockets and a stream at the gateway; the stream is a real call of about 40 tokens' },
    { flags: '--settings <file>', description: 'settings file in place of the usual one, when no agent runs' },
    dataDirOption,
  ],
  examples: [
    ['heimdall doctor', 'exit code 1 when something failed'],
    ['heimdall doctor --fix', 'takes back what a dead agent left, sets moved ports anew, closes open keys'],
    ['heimdall doctor --report report.html', 'one file to send: secrets, names of people, folders and company hosts are left out'],
    ['heimdall explain "unable to get local issuer certificate"', 'what an error message of some program means'],
  ],
  run: async (context, input) => {
    const printed = input.json ? undefined : livePrinter(context);
    const checks = await examination(context, input, (check) => printed?.check(check));
    printed?.end();
    const report = input.text('report');
    if (report !== undefined) writeReport(context, report, checks);
    if (input.json) context.out.json({ checks });
    else {
      context.out.line();
      context.out.line(summaryLine(checks, context.out));
      if (report !== undefined) context.out.line(`The report is in ${report}.`);
    }
    return checks.some(({ verdict }) => verdict === 'failed') ? 'failure' : 'ok';
  },
};

/** Places of the set-up that nobody asked for are many and of no interest: they become one line. */
function livePrinter({ out }: CommandContext): { check: (check: DiagnosticCheck) => void; end: () => void } {
  let untouched = 0;
  return {
    check: (check) => {
      if (check.verdict === 'skipped' && check.id.startsWith('surface-')) untouched += 1;
      else for (const line of checkLines(check, out)) out.line(line);
    },
    end: () => {
      if (untouched > 0)
        out.line(out.paint('dim', `- ${counted(untouched, 'place')} of the set-up not chosen or not possible here; \`heimdall setup --dry-run\` shows them.`));
    },
  };
}

/** The agent examines itself where one answers; this process adds what only it can see, or does it all. */
async function examination(context: CommandContext, input: CommandInput, onCheck: (check: DiagnosticCheck) => void): Promise<readonly DiagnosticCheck[]> {
  const dataDir = dataDirOf(context, input);
  const scope = { network: !input.flag('offline') && !input.flag('quick'), probeGateway: input.flag('probeGateway'), fix: input.flag('fix') };
  const link = await callAgent(context, dataDir);
  const patient = await patientOf(context, input, dataDir, link.client);
  try {
    if (link.client === undefined) {
      const checks = await examine(patient, { ...scope, onCheck });
      return link.trouble === undefined ? checks : [...checks, told(link.trouble, onCheck)];
    }
    const around = await examineAround(patient, { fix: scope.fix, onCheck });
    if (!input.json && scope.network) context.err.line(context.err.paint('dim', 'The agent examines itself and the network …'));
    const own = (await askAgent(link.client, scope)).filter(({ id }) => around.every((each) => each.id !== id));
    for (const check of own) onCheck(check);
    return [...around, ...own];
  } finally {
    patient.instruments.close();
    link.client?.close();
  }
}

async function callAgent(context: CommandContext, dataDir: string): Promise<{ client?: ControlClient; trouble?: unknown }> {
  try {
    const client = await findAgent(context, dataDir);
    return client === undefined ? {} : { client };
  } catch (trouble) {
    return { trouble };
  }
}

function told(trouble: unknown, onCheck: (check: DiagnosticCheck) => void): DiagnosticCheck {
  const isVersion = codeOf(trouble) === 'control-version';
  const check: DiagnosticCheck = {
    id: 'control',
    title: 'The agent can be spoken to',
    verdict: 'failed',
    tried: 'The control socket',
    seen: messageOf(trouble),
    culprit: isVersion ? 'heimdall' : 'this machine',
    fix: isVersion
      ? 'Restart the agent, so that it runs the installed version.'
      : 'Remove the folder that the message names, if nobody else needs it, and restart the agent.',
  };
  onCheck(check);
  return check;
}

/** An older agent knows no parameters: then it examines what it knows. */
async function askAgent(client: ControlClient, scope: { network: boolean; probeGateway: boolean; fix: boolean }): Promise<readonly DiagnosticCheck[]> {
  try {
    return await client.call('diagnostics.run', scope);
  } catch (error) {
    if (codeOf(error) === 'control-bad-params') return await client.call('diagnostics.run', {});
    throw error;
  }
}

async function patientOf(context: CommandContext, input: CommandInput, dataDir: string, client: ControlClient | undefined): Promise<Patient> {
  const { loaded, fault } = settingsOf(context, input, dataDir);
  const agent = client === undefined ? undefined : await agentOf(client);
  const ownPort = (): number => agent?.status.proxy.port ?? loaded?.settings.port ?? 0;
  const setup = setupOf(context, dataDir, agent?.status.proxy.port ?? 0);
  const instruments = { ...liveInstruments({ machine: context, loaded, ownPort, ownCa: agent?.ca.pem ?? certificateIn(dataDir) }), now: context.now };
  return { machine: context, dataDir, version: context.version, loaded, settingsFault: fault, agent, setup, interfacesAtStart: undefined, instruments };
}

function settingsOf(context: CommandContext, input: CommandInput, dataDir: string): { loaded: LoadedSettings | undefined; fault: string | undefined } {
  try {
    return { loaded: loadSettings({ ...context, settingsFile: input.text('settings'), dataDir }), fault: undefined };
  } catch (error) {
    return { loaded: undefined, fault: messageOf(error) };
  }
}

/** Undefined while it is still starting. */
async function agentOf(client: ControlClient): Promise<LivingAgent | undefined> {
  try {
    return { status: await client.call('status.get', {}), ca: await client.call('ca.get', {}) };
  } catch {
    return undefined;
  }
}

function setupOf(context: CommandContext, dataDir: string, port: number): SetupCare | undefined {
  let setup: ReturnType<typeof openSetup>;
  try {
    setup = openSetup(context, dataDir, { port });
  } catch {
    return undefined; // the certificate cannot be read: its own check says so
  }
  return (
    setup && {
      surfaces: setup.surfaces,
      chosen: setup.chosen,
      look: (groups) => setup.look(groups),
      apply: (groups) => setup.apply(groups, port !== 0),
      suspend: () => setup.suspend(),
    }
  );
}

function certificateIn(dataDir: string): string | undefined {
  try {
    return readFileSync(join(dataDir, 'ca.pem'), 'utf8');
  } catch {
    return undefined;
  }
}

function writeReport(context: CommandContext, named: string, checks: readonly DiagnosticCheck[]): void {
  const file = absolutePath(named, context.cwd, context);
  try {
    writeFileSync(file, reportFile(file, { checks, version: context.version, madeAt: context.now(), machine: context }), { mode: 0o600 });
  } catch (cause) {
    throw new AgentError('internal', `${file} cannot be written: ${messageOf(cause)}. Choose another place with --report.`, { cause });
  }
}
