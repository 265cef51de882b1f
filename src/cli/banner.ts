// What `heimdall run` says first: where it listens, what it does, and the exact lines to try it with.
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
    ...(onSimulator ? ['No gateway is configured: the built-in simulator answers AI calls on this machine. Any key works.'] : []),
    'Nothing on this machine was changed. In another terminal, try:',
    '',
    ...tryLines(status, platform).map((line) => (line.startsWith('#') ? out.paint('dim', line) : line)),
    '',
    'Each exchange is one line below. Ctrl-C stops.',
  ];
}

/** Lines to paste, for the shell that the platform's people use. */
function tryLines(status: AgentStatus, platform: NodeJS.Platform): string[] {
  const proxy = `http://127.0.0.1:${status.proxy.port}`;
  const { file } = status.ca;
  const body = '{"model":"gpt-5-mini","messages":[{"role":"user","content":"Hello, who is there?"}]}';
  const url = 'https://api.openai.com/v1/chat/completions';
  if (platform === 'win32') {
    const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;
    return [
      '# curl',
      `curl.exe -x ${proxy} --cacert ${quoted(file)} --ssl-no-revoke ${url} -H 'authorization: Bearer try-me' -H 'content-type: application/json' -d ${quoted(body.replaceAll('"', '\\"'))}`,
      '# Node programs with the openai, @anthropic-ai/sdk or @google/genai package',
      `$env:HTTPS_PROXY='${proxy}'; $env:NODE_EXTRA_CA_CERTS=${quoted(file)}; $env:NODE_USE_ENV_PROXY='1'`,
      "$env:OPENAI_API_KEY='try-me'; $env:ANTHROPIC_API_KEY='try-me'",
      '# Claude Code, in the same window',
      'claude -p "Hello, who is there?"',
    ];
  }
  const quoted = (text: string): string => (/^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);
  const trust = `HTTPS_PROXY=${proxy} NODE_EXTRA_CA_CERTS=${quoted(file)} NODE_USE_ENV_PROXY=1`;
  return [
    '# curl',
    `curl -x ${proxy} --cacert ${quoted(file)} ${url} -H 'authorization: Bearer try-me' -H 'content-type: application/json' -d '${body}'`,
    '# the openai package, in a Node program of yours',
    `${trust} OPENAI_API_KEY=try-me node your-program.mjs`,
    '# the @anthropic-ai/sdk package',
    `${trust} ANTHROPIC_API_KEY=try-me node your-program.mjs`,
    '# Claude Code',
    `${trust} ANTHROPIC_API_KEY=try-me claude -p 'Hello, who is there?'`,
  ];
}
