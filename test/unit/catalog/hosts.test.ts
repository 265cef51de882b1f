import { parse } from 'tldts';
import { describe, expect, it } from 'vitest';
import { catalogRows, catalogVersion } from '../../../src/catalog/hosts.ts';

/** Registrable names under which a cloud serves everybody; none of them may be handed to the CA. */
const cloudParents = [
  ...['googleapis.com', 'google.com', 'clients6.google.com', 'gstatic.com', 'googleusercontent.com', 'amazonaws.com', 's3.amazonaws.com', 'aws.dev'],
  ...['azure.com', 'ai.azure.com', 'azurewebsites.net', 'windows.net', 'office.com', 'office365.com', 'microsoft.com', 'cloud.microsoft', 'live.com'],
  ...['aliyuncs.com', 'alibabacloud.com', 'cloudflare.com', 'ai.cloudflare.com', 'workers.dev', 'github.com', 'githubusercontent.com', 'ghe.com'],
  ...['vercel.sh', 'vercel.app', 'hf.space', 'sentry.io', 'ingest.sentry.io', 'datadoghq.com', 'livekit.cloud', 'oracle.com', 'apple.com'],
];

/** What is wrong with a pattern, or undefined. */
function fault(pattern: string): string | undefined {
  const wildcard = pattern.startsWith('*.');
  const name = wildcard ? pattern.slice(2) : pattern;
  if (name.includes('*')) return 'a star may only be the whole first label';
  if (!/^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$/.test(name)) return 'not a lower-case host name';
  const facts = parse(name, { allowPrivateDomains: true });
  if (facts.isIp === true || facts.domain === null) return 'a public suffix, nobody’s own name';
  if (facts.isIcann !== true && facts.isPrivate !== true) return 'no known top-level domain';
  if (wildcard && facts.domain === name && facts.isPrivate === true) return 'a wildcard over a shared suffix';
  if (cloudParents.includes(name)) return 'a registrable cloud parent';
  if (wildcard && facts.subdomain === '') return 'a wildcard over a whole registrable domain';
  return undefined;
}

const seeds = `
api.openai.com chatgpt.com chat.openai.com api.anthropic.com claude.ai
generativelanguage.googleapis.com aiplatform.googleapis.com gemini.google.com
cloudcode-pa.googleapis.com daily-cloudcode-pa.googleapis.com cloudaicompanion.googleapis.com
notebooklm.google.com notebooklm-pa.googleapis.com aistudio.google.com
api.githubcopilot.com api.individual.githubcopilot.com *.business.githubcopilot.com *.enterprise.githubcopilot.com
copilot-proxy.githubusercontent.com api2.cursor.sh api3.cursor.sh *.api5.cursor.sh
server.codeium.com api.jetbrains.ai llm.zed.dev
api.mistral.ai api.cohere.ai api.groq.com api.perplexity.ai www.perplexity.ai api.deepseek.com chat.deepseek.com
openrouter.ai opencode.ai api.together.xyz api.fireworks.ai api.deepinfra.com api.sambanova.ai
api.studio.nebius.ai inference.baseten.co ai-gateway.vercel.sh
dashscope.aliyuncs.com dashscope-intl.aliyuncs.com api.moonshot.cn open.bigmodel.cn api.siliconflow.cn
grok.com cli-chat-proxy.grok.com copilot.microsoft.com substrate.office.com poe.com meta.ai bridge.claudeusercontent.com`
  .trim()
  .split(/\s+/);

const patterns = catalogRows.flatMap((row) => row.hosts);

describe('the table of hosts', () => {
  it('holds only names a product owns, and never a registrable cloud parent', () => {
    expect(patterns.map((pattern) => [pattern, fault(pattern)]).filter(([, reason]) => reason !== undefined)).toEqual([]);
  });

  it.each([
    ...['googleapis.com', '*.googleapis.com', 'amazonaws.com', '*.amazonaws.com', '*.s3.amazonaws.com', 's3.amazonaws.com', '*.azure.com', 'azure.com'],
    ...['*.aliyuncs.com', 'aliyuncs.com', '*.office.com', 'office.com', 'cloudflare.com', '*.openai.com', '*.ai', 'com', 'co.uk', '*.co.uk', 'github.io'],
    ...['*.github.io', '*.hf.space', 'hf.space', '*.vercel.app', '*.workers.dev', '*-aiplatform.googleapis.com', 'bedrock-runtime.*.amazonaws.com'],
    ...[
      '*',
      '*.*.cursor.sh',
      'API.openai.com',
      'api.openai.com.',
      'https://api.openai.com',
      '127.0.0.1',
      'localhost',
      'api.openai.invalid',
      '*.huggingface.co',
    ],
  ])('would refuse the entry %s', (pattern) => {
    expect(fault(pattern)).toBeDefined();
  });

  it('gives every host to one row alone', () => {
    expect(patterns.filter((pattern, index) => patterns.indexOf(pattern) !== index)).toEqual([]);
  });

  it('never lets a wildcard cover a host of another row', () => {
    const clashes = patterns.filter((pattern) => {
      const parent = `*.${pattern.slice(pattern.indexOf('.') + 1)}`;
      const own = catalogRows.find((row) => row.hosts.includes(pattern));
      const other = catalogRows.find((row) => row.hosts.includes(parent));
      return !pattern.startsWith('*.') && other !== undefined && other !== own;
    });
    expect(clashes).toEqual([]);
  });

  it('names every host of the seed list', () => {
    expect(seeds.filter((seed) => !patterns.includes(seed))).toEqual([]);
  });

  it('intercepts only hosts on which some path can be read', () => {
    expect(catalogRows.filter((row) => (row.handling === 'intercept') !== Object.keys(row.routes).length > 0).map((row) => row.product)).toEqual([]);
  });

  it('says for every row why it is handled so', () => {
    expect(catalogRows.filter((row) => row.why.length < 20).map((row) => row.product)).toEqual([]);
  });

  it('writes every route as a plain path without query', () => {
    const paths = catalogRows.flatMap((row) => Object.keys(row.routes));
    expect(paths.filter((path) => !/^(?:\/[a-zA-Z0-9._{}:-]+)+$/.test(path))).toEqual([]);
  });

  it('carries the date of its version', () => {
    expect(catalogVersion).toMatch(/^20\d\d-\d\d-\d\d$/);
  });
});
