// What `heimdall run` says first: where it listens, what it does, and the exact lines to try it with.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readChoices } from '../system/setup-choices.ts';
import type { AgentStatus } from '../contract/status.ts';
import type { CommandContext } from './command.ts';
import { fieldLine, placeFields, stateLine, warningLines } from './status.ts';

export function bannerLines(status: AgentStatus, { out, platform }: CommandContext, dataDir: string): string[] {
  const heading = (text: string): string => out.paint('bold', text);
  const onSimulator = status.targets.find(({ state }) => state !== 'down')?.kind === 'simulator';
  return [
    heading(`Heimdall ${status.version}`),
    `  ${stateLine(status, out)}`,
    ...placeFields(status).map(([name, value]) => fieldLine(name, value, out)),
    fieldLine('data', dataDir, out),
    ...warningLines(status, out),
    '',
    ...(onSimulator ? ['No gateway is set: the built-in simulator answers AI calls. Any key works.'] : []),
    `${machineLine(dataDir)} In another terminal, try:`,
    '',
    ...tryLines(status, platform).map((line) => (line.startsWith('#') ? out.paint('dim', line) : line)),
    '',
    'Each exchange is one line below. Ctrl-C stops.',
  ];
}

/** What stands of the set-up, or that nothing does. */
function machineLine(dataDir: string): string {
  const chosen = [...readChoices(dataDir)];
  if (chosen.length === 0) return 'Nothing on this machine was changed; `heimdall setup --dry-run` says what a set-up would change.';
  return `This machine is set up (${chosen.join(', ')}); \`heimdall restore\` puts everything back.`;
}

/** Programs to try: real clients where Heimdall runs from its repository, else what the user has. */
function clientPrograms(platform: NodeJS.Platform): { node: readonly string[]; calls: readonly string[]; claude: string } {
  const root = join(import.meta.dirname, '../..');
  const sdkCall = join(root, 'demo', 'sdk-call.ts');
  const claude = join(root, 'node_modules', '.bin', platform === 'win32' ? 'claude.cmd' : 'claude');
  return {
    ...(existsSync(sdkCall)
      ? { node: [process.execPath, sdkCall], calls: [' openai-chat', ' anthropic-stream'] }
      : { node: ['node', 'your-program.mjs'], calls: [''] }),
    claude: existsSync(claude) ? claude : 'claude',
  };
}

/** Lines to paste, for the shell that the platform's people use. */
function tryLines(status: AgentStatus, platform: NodeJS.Platform): string[] {
  const proxy = `http://127.0.0.1:${status.proxy.port}`;
  const { file } = status.ca;
  const body = '{"model":"gpt-5-mini","messages":[{"role":"user","content":"Hello, who is there?"}]}';
  const url = 'https://api.openai.com/v1/chat/completions';
  const { node, calls, claude } = clientPrograms(platform);
  if (platform === 'win32') {
    const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;
    return [
      '# curl',
      `curl.exe -x ${proxy} --cacert ${quoted(file)} --ssl-no-revoke ${url} -H 'authorization: Bearer try-me' -H 'content-type: application/json' -d ${quoted(body.replaceAll('"', '\\"'))}`,
      '# Node 24 or newer, with the openai or @anthropic-ai/sdk package',
      `$env:HTTPS_PROXY='${proxy}'; $env:NODE_EXTRA_CA_CERTS=${quoted(file)}; $env:NODE_USE_ENV_PROXY='1'`,
      "$env:OPENAI_API_KEY='try-me'; $env:ANTHROPIC_API_KEY='try-me'",
      ...calls.map((call) => `& ${node.map(quoted).join(' ')}${call}`),
      '# Claude Code, in the same window',
      `& ${quoted(claude)} -p "Hello, who is there?"`,
    ];
  }
  const quoted = (text: string): string => (/^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);
  const trust = `HTTPS_PROXY=${proxy} NODE_EXTRA_CA_CERTS=${quoted(file)} NODE_USE_ENV_PROXY=1`;
  return [
    '# curl',
    `curl -x ${proxy} --cacert ${quoted(file)} ${url} -H 'authorization: Bearer try-me' -H 'content-type: application/json' -d '${body}'`,
    '# Node 24 or newer, with the openai or @anthropic-ai/sdk package',
    ...calls.map((call) => `${trust} OPENAI_API_KEY=try-me ANTHROPIC_API_KEY=try-me ${node.map(quoted).join(' ')}${call}`),
    '# Claude Code',
    `${trust} ANTHROPIC_API_KEY=try-me ${quoted(claude)} -p 'Hello, who is there?'`,
  ];
}
