// The table of AI hosts: who answers there, which path speaks which dialect, and what Heimdall does with it.
import type { DialectId, HostKind } from '../contract/exchange.ts';

/** Date of the last change to the table. */
export const catalogVersion = '2026-11-23';

/**
 * Inference paths of a host, without query. `{x}` stands for one or more characters of one segment.
 * Only paths whose bodies one of the dialects reads; whatever is not named is native.
 */
export type Routes = Readonly<Record<string, DialectId>>;

export interface CatalogRow {
  readonly provider: string;
  readonly product: string;
  /** Exact hosts, or `*.` and a product's own domain: one label stands for the star. */
  readonly hosts: readonly string[];
  readonly kind: HostKind;
  readonly handling: 'intercept' | 'tunnel';
  readonly forward: 'route' | 'origin';
  readonly routes: Routes;
  /** Why the row is handled and forwarded as it is. */
  readonly why: string;
}

const readable = 'Provider API in a dialect that is read; called with an API key that a gateway can replace.';
const subscription = 'Readable dialect behind a personal login: no gateway key can stand in, so the credential of the client is kept.';
const ownTransport = 'Own wire format that no dialect reads: terminating TLS would show nothing and could break the product.';
const fingerprinted = 'Behind bot checks that judge the TLS fingerprint: re-originated traffic is answered with 403, and no dialect reads the web format.';
const notInference = 'Carries no prompt that could be read; named so that tunnels can be told apart and policy can block them by host.';

const chat: Routes = { '/v1/chat/completions': 'openai-chat' };
const embeddings: Routes = { '/v1/embeddings': 'openai-embeddings' };
const chatAndEmbeddings: Routes = { ...chat, ...embeddings };
const openai: Routes = { ...chat, '/v1/responses': 'openai-responses' };
const messages: Routes = { '/v1/messages': 'anthropic-messages' };
const prefixed = (prefix: string, routes: Routes): Routes => Object.fromEntries(Object.entries(routes).map(([path, dialect]) => [prefix + path, dialect]));

/** `models`, `tunedModels` and whatever comes next, in every version of the API. */
const gemini: Routes = {
  '/{version}/{folder}/{model}:generateContent': 'gemini',
  '/{version}/{folder}/{model}:streamGenerateContent': 'gemini',
};

const vertexPublisher = '/projects/{project}/locations/{location}/publishers/';
const vertex = (version: string): Routes => ({
  [`/${version}${vertexPublisher}google/models/{model}:generateContent`]: 'gemini',
  [`/${version}${vertexPublisher}google/models/{model}:streamGenerateContent`]: 'gemini',
  // Express mode: an API key and no project in the path.
  [`/${version}/publishers/google/models/{model}:generateContent`]: 'gemini',
  [`/${version}/publishers/google/models/{model}:streamGenerateContent`]: 'gemini',
  [`/${version}/projects/{project}/locations/{location}/endpoints/{endpoint}:generateContent`]: 'gemini',
  [`/${version}/projects/{project}/locations/{location}/endpoints/{endpoint}:streamGenerateContent`]: 'gemini',
  [`/${version}${vertexPublisher}anthropic/models/{model}:rawPredict`]: 'anthropic-messages',
  [`/${version}${vertexPublisher}anthropic/models/{model}:streamRawPredict`]: 'anthropic-messages',
  [`/${version}/projects/{project}/locations/{location}/endpoints/{endpoint}/chat/completions`]: 'openai-chat',
});

const vertexRegions = [
  ...['us-central1', 'us-east1', 'us-east4', 'us-east5', 'us-south1', 'us-west1', 'us-west2', 'us-west3', 'us-west4'],
  ...['northamerica-northeast1', 'northamerica-northeast2', 'southamerica-east1', 'southamerica-west1'],
  ...['europe-central2', 'europe-north1', 'europe-southwest1', 'europe-west1', 'europe-west2', 'europe-west3', 'europe-west4', 'europe-west6', 'europe-west8'],
  ...['europe-west9', 'europe-west12', 'me-central1', 'me-central2', 'me-west1', 'africa-south1', 'australia-southeast1', 'australia-southeast2'],
  ...['asia-east1', 'asia-east2', 'asia-northeast1', 'asia-northeast2', 'asia-northeast3', 'asia-south1', 'asia-south2', 'asia-southeast1', 'asia-southeast2'],
];

const bedrockRegions = [
  ...['us-east-1', 'us-east-2', 'us-west-1', 'us-west-2', 'us-gov-east-1', 'us-gov-west-1', 'ca-central-1', 'sa-east-1'],
  ...['eu-central-1', 'eu-central-2', 'eu-north-1', 'eu-south-1', 'eu-south-2', 'eu-west-1', 'eu-west-2', 'eu-west-3'],
  ...['ap-northeast-1', 'ap-northeast-2', 'ap-northeast-3', 'ap-south-1', 'ap-south-2', 'ap-southeast-1', 'ap-southeast-2', 'me-central-1'],
];

const copilotRoutes: Routes = {
  ...openai,
  ...messages,
  '/chat/completions': 'openai-chat',
  '/responses': 'openai-responses',
  '/embeddings': 'openai-embeddings',
};

const azureRoutes: Routes = {
  '/openai/deployments/{deployment}/chat/completions': 'openai-chat',
  '/openai/v1/chat/completions': 'openai-chat',
  '/openai/v1/responses': 'openai-responses',
  '/openai/responses': 'openai-responses',
  '/models/chat/completions': 'openai-chat',
  '/openai/deployments/{deployment}/embeddings': 'openai-embeddings',
  '/openai/v1/embeddings': 'openai-embeddings',
  '/models/embeddings': 'openai-embeddings',
  '/anthropic/v1/messages': 'anthropic-messages',
};

const zhipuRoutes: Routes = {
  '/api/paas/v4/chat/completions': 'openai-chat',
  '/api/coding/paas/v4/chat/completions': 'openai-chat',
  '/api/paas/v4/embeddings': 'openai-embeddings',
  '/api/anthropic/v1/messages': 'anthropic-messages',
};

const deepseekRoutes: Routes = {
  ...chat,
  '/chat/completions': 'openai-chat',
  '/beta/chat/completions': 'openai-chat',
  '/beta/v1/chat/completions': 'openai-chat',
  '/anthropic/v1/messages': 'anthropic-messages',
};

const cloudflareGateway = '/v1/{account}/{gateway}';

/** An API in readable dialects, called with an API key: intercepted, and sent through the route. */
function keyed(provider: string, product: string, hosts: readonly string[], routes: Routes, why = readable): CatalogRow {
  return { provider, product, hosts, kind: 'api', handling: 'intercept', forward: 'route', routes, why };
}

/** An API in readable dialects whose credential only the client can bring: intercepted, and sent to its origin. */
function personal(provider: string, product: string, hosts: readonly string[], routes: Routes, why = subscription): CatalogRow {
  return { provider, product, hosts, kind: 'api', handling: 'intercept', forward: 'origin', routes, why };
}

/** Known and named, never opened. */
function tunnelled(provider: string, product: string, kind: HostKind, hosts: readonly string[], why: string): CatalogRow {
  return { provider, product, hosts, kind, handling: 'tunnel', forward: 'origin', routes: {}, why };
}

export const catalogRows: readonly CatalogRow[] = [
  // Provider APIs
  keyed('openai', 'OpenAI API', ['api.openai.com', '*.api.openai.com'], { ...openai, ...embeddings }),
  keyed('anthropic', 'Anthropic API', ['api.anthropic.com'], messages),
  keyed('google', 'Gemini API', ['generativelanguage.googleapis.com'], {
    ...gemini,
    '/v1beta/openai/chat/completions': 'openai-chat',
    '/v1alpha/openai/chat/completions': 'openai-chat',
    '/v1/openai/chat/completions': 'openai-chat',
    '/v1beta/openai/embeddings': 'openai-embeddings',
    '/v1alpha/openai/embeddings': 'openai-embeddings',
    '/v1/openai/embeddings': 'openai-embeddings',
  }),
  personal(
    'vertex',
    'Vertex AI',
    ['aiplatform.googleapis.com', ...vertexRegions.map((region) => `${region}-aiplatform.googleapis.com`)],
    { ...vertex('v1'), ...vertex('v1beta1') },
    'Readable dialects, but project and region stand in the path and the login is Google Cloud IAM: only the origin can answer. Regions are listed, for a wildcard would cover all of Google Cloud.',
  ),
  personal(
    'azure',
    'Azure OpenAI',
    ['*.openai.azure.com', '*.services.ai.azure.com', '*.cognitiveservices.azure.com'],
    azureRoutes,
    'Readable dialects, but the deployment in the path names no model that a gateway knows and the key belongs to the resource: only the origin can answer. One label is one customer resource.',
  ),
  keyed('mistral', 'Mistral API', ['api.mistral.ai', 'codestral.mistral.ai'], { ...chatAndEmbeddings, '/v1/agents/completions': 'openai-chat' }),
  keyed(
    'cohere',
    'Cohere API',
    ['api.cohere.ai', 'api.cohere.com'],
    prefixed('/compatibility', chatAndEmbeddings),
    'Only its OpenAI-compatible paths are read; its own /v2/chat is native until a dialect reads it.',
  ),
  keyed('groq', 'Groq API', ['api.groq.com'], prefixed('/openai', openai)),
  keyed('perplexity', 'Perplexity API', ['api.perplexity.ai'], { ...openai, ...embeddings, '/chat/completions': 'openai-chat' }),
  keyed('xai', 'xAI API', ['api.x.ai', '*.api.x.ai'], { ...openai, ...messages }),
  keyed('deepseek', 'DeepSeek API', ['api.deepseek.com'], deepseekRoutes),
  keyed(
    'openrouter',
    'OpenRouter',
    ['openrouter.ai'],
    prefixed('/api', { ...openai, ...embeddings, ...messages }),
    'API and website share the host: API calls are read, pages pass through natively.',
  ),
  keyed('together', 'Together AI', ['api.together.xyz', 'api.together.ai'], chatAndEmbeddings),
  keyed('fireworks', 'Fireworks AI', ['api.fireworks.ai'], prefixed('/inference', { ...openai, ...embeddings, ...messages })),
  keyed('deepinfra', 'DeepInfra', ['api.deepinfra.com'], {
    ...chatAndEmbeddings,
    '/v1/openai/chat/completions': 'openai-chat',
    '/v1/openai/embeddings': 'openai-embeddings',
  }),
  keyed('sambanova', 'SambaNova', ['api.sambanova.ai'], chatAndEmbeddings),
  keyed('nebius', 'Nebius AI Studio', ['api.studio.nebius.ai', 'api.studio.nebius.com'], chatAndEmbeddings),
  keyed('baseten', 'Baseten', ['inference.baseten.co'], chat),
  keyed('cerebras', 'Cerebras', ['api.cerebras.ai'], chat),
  keyed('vercel', 'Vercel AI Gateway', ['ai-gateway.vercel.sh'], { ...openai, ...embeddings, ...messages }),
  keyed('huggingface', 'Hugging Face Inference', ['router.huggingface.co', 'api-inference.huggingface.co'], {
    ...openai,
    '/{provider}/v1/chat/completions': 'openai-chat',
    '/models/{organisation}/{model}/v1/chat/completions': 'openai-chat',
  }),
  keyed('dashscope', 'Qwen (DashScope)', ['dashscope.aliyuncs.com', 'dashscope-intl.aliyuncs.com'], {
    ...prefixed('/compatible-mode', { ...openai, ...embeddings }),
    ...prefixed('/apps/anthropic', messages),
  }),
  keyed('moonshot', 'Kimi API', ['api.moonshot.cn', 'api.moonshot.ai'], { ...chat, ...prefixed('/anthropic', messages) }),
  keyed('zhipu', 'Zhipu API', ['open.bigmodel.cn'], zhipuRoutes),
  keyed('zai', 'Z.ai API', ['api.z.ai'], zhipuRoutes),
  keyed('siliconflow', 'SiliconFlow', ['api.siliconflow.cn', 'api.siliconflow.com'], { ...chatAndEmbeddings, ...messages }),
  keyed('minimax', 'MiniMax API', ['api.minimax.io', 'api.minimaxi.com'], { ...chat, ...prefixed('/anthropic', messages) }),
  keyed('poe', 'Poe API', ['api.poe.com'], openai),
  personal(
    'cloudflare',
    'Cloudflare AI Gateway',
    ['gateway.ai.cloudflare.com'],
    {
      [`${cloudflareGateway}/compat/chat/completions`]: 'openai-chat',
      [`${cloudflareGateway}/openai/chat/completions`]: 'openai-chat',
      [`${cloudflareGateway}/openai/responses`]: 'openai-responses',
      [`${cloudflareGateway}/openai/embeddings`]: 'openai-embeddings',
      [`${cloudflareGateway}/anthropic/v1/messages`]: 'anthropic-messages',
      [`${cloudflareGateway}/google-ai-studio/v1beta/models/{model}:generateContent`]: 'gemini',
      [`${cloudflareGateway}/google-ai-studio/v1beta/models/{model}:streamGenerateContent`]: 'gemini',
    },
    'A gateway already: account and gateway stand in the path, so only the origin can answer; the vendor dialects behind it are read.',
  ),
  keyed(
    'opencode',
    'opencode Zen',
    ['opencode.ai'],
    {
      ...prefixed('/zen', { ...openai, ...messages }),
      ...prefixed('/zen/go', { ...chat, ...messages }),
      '/zen/v1/models/{model}:streamGenerateContent': 'gemini',
    },
    'API and website share the host: API calls are read, pages pass through natively.',
  ),
  tunnelled(
    'bedrock',
    'Amazon Bedrock',
    'api',
    bedrockRegions.map((region) => `bedrock-runtime.${region}.amazonaws.com`),
    'Requests are signed over the body and streams are binary: neither redaction nor reading is possible yet.',
  ),

  // Chat products
  tunnelled('openai', 'ChatGPT', 'web', ['chatgpt.com', 'chat.openai.com', 'chat.com', 'sora.com'], fingerprinted),
  tunnelled('openai', 'ChatGPT voice', 'web', ['chatgpt.livekit.cloud'], ownTransport),
  tunnelled('anthropic', 'Claude', 'web', ['claude.ai', 'claude.com'], fingerprinted),
  tunnelled(
    'anthropic',
    'Claude bridge',
    'web',
    ['bridge.claudeusercontent.com'],
    'Its client trusts no added CA at all: interception is certain to break it, and it carries no inference.',
  ),
  tunnelled('google', 'Gemini', 'web', ['gemini.google.com', 'bard.google.com'], ownTransport),
  tunnelled('google', 'Google AI Studio', 'web', ['aistudio.google.com', 'alkalimakersuite-pa.clients6.google.com'], ownTransport),
  tunnelled('google', 'NotebookLM', 'web', ['notebooklm.google.com', 'notebooklm-pa.googleapis.com'], ownTransport),
  tunnelled('perplexity', 'Perplexity', 'web', ['www.perplexity.ai', 'perplexity.ai', 'pplx.ai'], fingerprinted),
  tunnelled('xai', 'Grok', 'web', ['grok.com', 'grok.x.com'], fingerprinted),
  tunnelled('deepseek', 'DeepSeek', 'web', ['chat.deepseek.com'], fingerprinted),
  tunnelled('microsoft', 'Microsoft Copilot', 'web', ['copilot.microsoft.com', 'copilot.com'], fingerprinted),
  tunnelled('microsoft', 'Microsoft 365 Copilot', 'web', ['m365.cloud.microsoft', 'copilot.cloud.microsoft'], ownTransport),
  tunnelled(
    'microsoft',
    'Microsoft 365 substrate',
    'web',
    ['substrate.office.com'],
    'Copilot shares the host with the mail and search of all of Microsoft 365, over WebSocket with tokens in the URL: opening it would open far more than AI.',
  ),
  tunnelled('mistral', 'Le Chat', 'web', ['chat.mistral.ai'], ownTransport),
  tunnelled('dashscope', 'Qwen Chat', 'web', ['chat.qwen.ai'], ownTransport),
  tunnelled('moonshot', 'Kimi', 'web', ['kimi.com', 'www.kimi.com', 'kimi.ai'], ownTransport),
  tunnelled('doubao', 'Doubao', 'web', ['doubao.com', 'www.doubao.com'], ownTransport),
  tunnelled('poe', 'Poe', 'web', ['poe.com'], ownTransport),
  tunnelled('character', 'Character.AI', 'web', ['character.ai', 'neo.character.ai'], ownTransport),
  tunnelled('meta', 'Meta AI', 'web', ['meta.ai', 'www.meta.ai', 'graph.meta.ai'], ownTransport),
  tunnelled('grammarly', 'Grammarly', 'web', ['capi.grammarly.com'], ownTransport),
  tunnelled('huggingface', 'Hugging Face', 'web', ['huggingface.co', 'hf.co'], notInference),
  tunnelled('duckduckgo', 'Duck.ai', 'web', ['duck.ai'], ownTransport),
  tunnelled('arena', 'Arena', 'web', ['arena.ai'], ownTransport),
  tunnelled('sider', 'Sider', 'web', ['sider.ai'], ownTransport),

  // Coding tools
  personal(
    'github',
    'GitHub Copilot',
    ['api.githubcopilot.com', 'api.individual.githubcopilot.com', '*.business.githubcopilot.com', '*.enterprise.githubcopilot.com'],
    copilotRoutes,
  ),
  tunnelled('github', 'GitHub Copilot completions', 'api', ['copilot-proxy.githubusercontent.com', 'origin-tracker.githubusercontent.com'], ownTransport),
  tunnelled(
    'github',
    'GitHub Copilot telemetry',
    'telemetry',
    ['copilot-telemetry.githubusercontent.com', 'telemetry.individual.githubcopilot.com'],
    notInference,
  ),
  personal('xai', 'Grok CLI', ['cli-chat-proxy.grok.com'], { ...openai, ...messages }),
  tunnelled(
    'google',
    'Gemini Code Assist',
    'api',
    ['cloudcode-pa.googleapis.com', 'daily-cloudcode-pa.googleapis.com', 'cloudaicompanion.googleapis.com'],
    'Wraps Gemini documents in an envelope of its own that no dialect reads yet, behind a personal login.',
  ),
  tunnelled(
    'cursor',
    'Cursor',
    'api',
    ['api2.cursor.sh', 'api3.cursor.sh', 'api5.cursor.sh', '*.api5.cursor.sh', 'repo42.cursor.sh'],
    'Protobuf over HTTP/2 streams with integrity checks on the client; the vendor asks for exemption from inspection.',
  ),
  tunnelled('cursor', 'Cursor website', 'web', ['cursor.com', 'www.cursor.com'], notInference),
  tunnelled('windsurf', 'Windsurf', 'api', ['server.codeium.com'], ownTransport),
  tunnelled('jetbrains', 'JetBrains AI', 'api', ['api.jetbrains.ai'], ownTransport),
  tunnelled('zed', 'Zed', 'api', ['llm.zed.dev', 'api.zed.dev', 'cloud.zed.dev'], ownTransport),
  tunnelled('devin', 'Devin', 'web', ['devin.ai', 'app.devin.ai'], ownTransport),
  tunnelled('kiro', 'Kiro', 'web', ['kiro.dev', 'prod.kiro.aws'], ownTransport),
  tunnelled('v0', 'v0', 'web', ['v0.dev', 'v0.app', 'api.v0.dev'], ownTransport),
  tunnelled('lovable', 'Lovable', 'web', ['lovable.dev'], ownTransport),
  tunnelled('replit', 'Replit', 'web', ['replit.com'], ownTransport),
  tunnelled('trae', 'Trae', 'web', ['trae.ai', 'www.trae.ai'], ownTransport),
  tunnelled('qoder', 'Qoder', 'web', ['qoder.com'], ownTransport),

  // Logins and telemetry of AI products
  tunnelled('openai', 'OpenAI login', 'auth', ['auth.openai.com', 'auth0.openai.com'], notInference),
  tunnelled('anthropic', 'Anthropic Console', 'auth', ['console.anthropic.com', 'platform.claude.com'], notInference),
  tunnelled('openai', 'OpenAI telemetry', 'telemetry', ['o33249.ingest.sentry.io', 'oaistatsig.com', 'ab.chatgpt.com'], notInference),
  tunnelled('anthropic', 'Anthropic telemetry', 'telemetry', ['statsig.anthropic.com', 'a-api.anthropic.com'], notInference),
  tunnelled('anthropic', 'Anthropic MCP proxy', 'api', ['mcp-proxy.anthropic.com'], notInference),
  tunnelled('anthropic', 'Claude Code downloads', 'web', ['downloads.claude.ai'], notInference),
];
