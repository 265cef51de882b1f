// What the fake agent's traffic is made of: apps, hosts, models, findings and texts, as a machine of a developer would show them.
import type { DialectId } from '../../src/contract/exchange.ts';

export interface FakeRoute {
  readonly host: string;
  readonly provider: string;
  readonly product: string;
  readonly path: string;
  readonly dialect: DialectId;
  readonly models: readonly string[];
  /** Dollars per million tokens in and out. */
  readonly price: readonly [number, number];
}

const anthropic: FakeRoute = {
  host: 'api.anthropic.com',
  provider: 'anthropic',
  product: 'Anthropic API',
  path: '/v1/messages',
  dialect: 'anthropic-messages',
  models: ['claude-sonnet-4-5', 'claude-opus-4-5', 'claude-haiku-4-5'],
  price: [3, 15],
};
const openai: FakeRoute = {
  host: 'api.openai.com',
  provider: 'openai',
  product: 'OpenAI API',
  path: '/v1/responses',
  dialect: 'openai-responses',
  models: ['gpt-5.2', 'gpt-5.2-codex', 'gpt-5-mini'],
  price: [1.25, 10],
};
const copilot: FakeRoute = {
  host: 'api.githubcopilot.com',
  provider: 'github',
  product: 'GitHub Copilot',
  path: '/chat/completions',
  dialect: 'openai-chat',
  models: ['gpt-4.1', 'claude-sonnet-4-5'],
  price: [2, 8],
};
const gemini: FakeRoute = {
  host: 'generativelanguage.googleapis.com',
  provider: 'google',
  product: 'Gemini API',
  path: '/v1beta/models/gemini-3-pro:streamGenerateContent',
  dialect: 'gemini',
  models: ['gemini-3-pro', 'gemini-3-flash'],
  price: [2, 12],
};

export interface FakeApp {
  readonly id: string;
  readonly name: string;
  readonly known: boolean;
  readonly executable: string;
  readonly routes: readonly FakeRoute[];
  readonly weight: number;
}

export const fakeApps: readonly FakeApp[] = [
  { id: 'claude-code', name: 'Claude Code', known: true, executable: '/home/ada/.local/bin/claude', routes: [anthropic], weight: 34 },
  { id: 'codex', name: 'OpenAI Codex', known: true, executable: '/usr/local/bin/codex', routes: [openai], weight: 20 },
  { id: 'cursor', name: 'Cursor', known: true, executable: '/opt/cursor/cursor', routes: [openai, anthropic], weight: 16 },
  { id: 'copilot-cli', name: 'GitHub Copilot CLI', known: true, executable: '/usr/local/bin/copilot', routes: [copilot], weight: 9 },
  { id: 'gemini-cli', name: 'Gemini CLI', known: true, executable: '/usr/local/bin/gemini', routes: [gemini], weight: 7 },
  { id: 'chrome', name: 'Google Chrome', known: true, executable: '/opt/google/chrome/chrome', routes: [openai, gemini], weight: 6 },
  { id: 'vscode', name: 'Visual Studio Code', known: true, executable: '/usr/share/code/code', routes: [copilot, anthropic], weight: 5 },
  { id: 'ingest-nightly', name: 'ingest-nightly', known: false, executable: '/home/ada/work/ingest/bin/ingest-nightly', routes: [openai], weight: 3 },
];

/** Hosts that are known, counted and left unread. */
export const tunnelHosts = [
  { host: 'chatgpt.com', provider: 'openai', product: 'ChatGPT' },
  { host: 'claude.ai', provider: 'anthropic', product: 'Claude' },
  { host: 'gemini.google.com', provider: 'google', product: 'Gemini' },
] as const;

export const fakeNotes = [
  'Paused for 15 minutes over the control socket: AI calls are tunnelled unread.',
  'Resumed over the control socket.',
  'The policy file was read again: revision 4f9a1c07d2be, 6 rules.',
  'The setting audit.retentionDays was changed in /home/ada/.config/heimdall/settings.json over the control socket.',
] as const;

export const secretDetectors = ['aws-access-key', 'github-token', 'openai-key', 'private-key', 'stripe-key'] as const;
export const personalDetectors = ['email', 'iban', 'card-number'] as const;

export const gateways = [
  { id: 'gateway-eu', kind: 'gateway', url: 'https://ai-gateway.example.com' },
  { id: 'gateway-us', kind: 'gateway', url: 'https://ai-gateway-us.example.com' },
] as const;

export const fakePrompts = [
  'Why does the connection pool grow without bound when the upstream answers 429? Here is the relevant part of pool.ts, and the log of the last ten minutes.',
  'Write a migration that adds `archived_at` to the orders table and backfills it from the events. Keep it reversible.',
  'Summarise this thread for the weekly report in five bullet points, and list the open questions with their owners.',
  'Explain the failing test and propose the smallest change. Do not touch the public interface.',
] as const;
