// `heimdall status`: what the agent says of itself.
import type { AgentState, AgentStatus, Counters, TargetStatus } from '../contract/status.ts';
import { dataDirOf, findAgent } from './agent-link.ts';
import { dataDirOption } from './command.ts';
import type { CommandContext, CommandSpec } from './command.ts';
import { dateTime } from './moment.ts';
import { counted, printable } from './output.ts';
import type { Output, Paint } from './output.ts';

export const status: CommandSpec = {
  name: 'status',
  summary: 'show whether the agent runs and what it does',
  options: [dataDirOption],
  examples: [
    ['heimdall status', 'exit code 0 when an agent runs, 3 when none does'],
    ['heimdall status --json', 'the same as JSON'],
  ],
  run: async (context, input) => {
    const dataDir = dataDirOf(context, input);
    const agent = await findAgent(context, dataDir);
    if (agent === undefined) {
      if (input.json) context.out.json({ state: 'off', reason: 'No agent runs on this data folder.', dataDir });
      else context.out.line(`${context.out.paint('bold', 'off')}: no agent runs on ${dataDir}. Start one with \`heimdall run\`.`);
      return 'noAgent';
    }
    try {
      const current = await agent.call('status.get', {});
      if (input.json) context.out.json(current);
      else printStatus(context, current);
      return 'ok';
    } finally {
      agent.close();
    }
  },
};

const paints: Readonly<Record<AgentState, Paint>> = {
  off: 'dim',
  starting: 'cyan',
  protected: 'green',
  degraded: 'yellow',
  blocked: 'red',
  paused: 'yellow',
};

/** `protected: AI calls are intercepted, checked and recorded.` */
export function stateLine({ state, reason }: AgentStatus, out: Output): string {
  return `${out.paint(paints[state], state)}: ${printable(reason)}`;
}

/** What both `status` and the banner of `run` tell, as name and value. */
export function placeFields(status: AgentStatus): (readonly [name: string, value: string])[] {
  const { proxy, ca, policy, targets } = status;
  return [
    ['listens', proxy.addresses.map((address) => endpoint(address, proxy.port)).join(', ')],
    ['SDKs', `http://127.0.0.1:${proxy.port}/v1, /anthropic or /genai as base URL, with a key of \`heimdall keys create\``],
    ['CA', ca.file],
    ['policy', [policy.source, counted(policy.rules, 'rule'), ...(policy.revision === 'default' ? [] : [`revision ${policy.revision}`])].join(', ')],
    ...targets.map((target, index) => [index === 0 ? 'targets' : '', targetText(target, targets.length > 1 && target === inUse(targets))] as const),
  ];
}

export function countersText({ exchanges, redacted, blocked, failed, tunnels }: Counters): string {
  return `${counted(exchanges, 'exchange')}, ${redacted} redacted, ${blocked} blocked, ${failed} failed, ${counted(tunnels, 'tunnel')}`;
}

export function fieldLine(name: string, value: string, out: Output): string {
  return `  ${out.paint('dim', name.padEnd(10))} ${printable(value)}`;
}

export function warningLines({ warnings }: AgentStatus, out: Output): string[] {
  return warnings.flatMap(({ severity, title, text }) => [
    `  ${out.paint(severity === 'error' ? 'red' : severity === 'warning' ? 'yellow' : 'cyan', severity)} ${printable(title)}`,
    `    ${printable(text)}`,
  ]);
}

function printStatus({ out, now }: CommandContext, current: AgentStatus): void {
  const { counters, pipeline, audit } = current;
  out.line(stateLine(current, out));
  for (const [name, value] of placeFields(current)) out.line(fieldLine(name, value, out));
  out.line(fieldLine('counted', countersText(counters), out));
  out.line(fieldLine('audit', `${counted(audit.rows, 'row')}${audit.pending === 0 ? '' : `, ${audit.pending} waiting`}, ${audit.file}`, out));
  // The first calls are slower than what comes after: code is still cold.
  if (pipeline.count >= 200) {
    out.line(
      fieldLine('own work', `mean ${pipeline.mean.toFixed(1)} µs, p50 ${pipeline.p50.toFixed(1)} µs, p99 ${pipeline.p99.toFixed(1)} µs per exchange`, out),
    );
  }
  const minutes = Math.max(0, Math.floor((now() - current.startedAt) / 60_000));
  out.line(fieldLine('process', `${current.pid}, version ${current.version}, since ${dateTime(current.startedAt)} (${minutes} min)`, out));
  for (const line of warningLines(current, out)) out.line(line);
}

function endpoint(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** The first that is not down: targets stand by preference. */
function inUse(targets: readonly TargetStatus[]): TargetStatus | undefined {
  return targets.find(({ state }) => state !== 'down');
}

/** `takesCalls` marks the one of several that the next call goes to. */
function targetText({ id, kind, state, detail }: TargetStatus, takesCalls: boolean): string {
  const name = id === kind ? id : `${id} (${kind})`;
  const known = state === 'unknown' && detail !== '' ? '' : state; // the detail says better why nothing is known
  return `${name}: ${[known, detail, takesCalls ? 'takes calls' : ''].filter((part) => part !== '').join(', ')}`;
}
