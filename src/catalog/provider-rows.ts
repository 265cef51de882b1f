// The rows of the table of providers. Each was taken from the page named in `source`; what a page does not say is not in the row.
import type { DialectId } from '../contract/exchange.ts';
import type { ProviderRow } from './providers.ts';

/** The day all rows were looked up. */
const checked = '2026-11-23';

const bearer = { header: 'Authorization', scheme: 'Bearer' } as const;
const xApiKey = { header: 'x-api-key', scheme: undefined } as const;
const googleKey = { header: 'x-goog-api-key', scheme: undefined } as const;
const azureKey = { header: 'api-key', scheme: undefined } as const;

const messagesVersion = ['anthropic-version', '2023-06-01'] as const;

type Given = Pick<ProviderRow, 'id' | 'name' | 'source'> & Partial<Omit<ProviderRow, 'id' | 'name' | 'source' | 'checked'>>;

/** Authorization: Bearer, and the version header wherever Anthropic's dialect is spoken, unless the row says otherwise. */
function row(given: Given): ProviderRow {
  const paths = given.paths ?? {};
  return {
    baseUrl: undefined,
    needsUrl: undefined,
    auth: bearer,
    authFor: {},
    isLocal: false,
    fixedFor: paths['anthropic-messages'] === undefined ? {} : { 'anthropic-messages': messagesVersion },
    paths,
    unread: undefined,
    modelsPath: undefined,
    probePath: given.modelsPath,
    lacks: {},
    limits: undefined,
    ...given,
    checked,
  };
}

/** Paths of OpenAI's shape below a prefix. */
function openai(prefix: string, ...parts: ('responses' | 'embeddings')[]): Partial<Record<DialectId, string>> {
  return {
    'openai-chat': `${prefix}/chat/completions`,
    ...(parts.includes('responses') ? { 'openai-responses': `${prefix}/responses` } : {}),
    ...(parts.includes('embeddings') ? { 'openai-embeddings': `${prefix}/embeddings` } : {}),
  };
}

const messages = (prefix = ''): Partial<Record<DialectId, string>> => ({ 'anthropic-messages': `${prefix}/v1/messages` });

/** On this machine, at the port the program takes by itself. */
const local = (given: Given): ProviderRow => row({ isLocal: true, ...given });

/** Listed so that its name is understood, with the reason why no call can go there. */
const unread = (id: string, name: string, reason: string, source: string): ProviderRow => row({ id, name, source, unread: reason });

const noInference = (what: string): string => `its API is for ${what}, which none of the dialects reads`;

export const providerRows: readonly ProviderRow[] = [
  // The makers of the dialects
  row({
    id: 'openai',
    name: 'OpenAI',
    baseUrl: 'https://api.openai.com',
    paths: openai('/v1', 'responses', 'embeddings'),
    modelsPath: '/v1/models',
    source: 'platform.openai.com/docs/api-reference',
  }),
  row({
    id: 'anthropic',
    name: 'Anthropic',
    baseUrl: 'https://api.anthropic.com',
    auth: xApiKey,
    authFor: { 'openai-chat': bearer },
    paths: { ...messages(), 'openai-chat': '/v1/chat/completions' },
    fixedFor: { 'anthropic-messages': messagesVersion },
    modelsPath: '/v1/models',
    lacks: {
      'openai-chat': [
        ...['n', 'response_format', 'logprobs', 'top_logprobs', 'logit_bias', 'presence_penalty', 'frequency_penalty', 'seed'],
        ...['prediction', 'audio', 'modalities', 'reasoning_effort'],
      ],
    },
    limits: 'The OpenAI endpoint caps temperature at 1, ignores `strict` of tools, moves all system messages to the start, and caches no prompts.',
    source: 'platform.claude.com/docs/en/cli-sdks-libraries/libraries/openai-sdk',
  }),
  row({
    id: 'google',
    name: 'Google Gemini API',
    baseUrl: 'https://generativelanguage.googleapis.com',
    auth: googleKey,
    authFor: { 'openai-chat': bearer, 'openai-embeddings': bearer },
    paths: { gemini: '/v1beta/models/{model}:{method}', ...openai('/v1beta/openai', 'embeddings') },
    modelsPath: '/v1beta/models',
    lacks: { 'openai-chat': ['logit_bias', 'prediction', 'audio'] },
    limits: 'The OpenAI endpoint is in beta; other fields it does not know it refuses by name (400).',
    source: 'ai.google.dev/gemini-api/docs/openai',
  }),

  // Clouds whose address holds an account
  row({
    id: 'azure',
    name: 'Azure OpenAI',
    needsUrl: 'The resource is in the address: https://<resource>.openai.azure.com, or https://<resource>.services.ai.azure.com for Claude as well.',
    auth: azureKey,
    authFor: { 'anthropic-messages': xApiKey },
    paths: { ...openai('/openai/v1', 'responses', 'embeddings'), ...messages('/anthropic') },
    modelsPath: '/openai/v1/models',
    limits: 'The model is the name of a deployment. Claude answers on Foundry resources only.',
    source: 'learn.microsoft.com/azure/foundry/openai/api-version-lifecycle',
  }),
  row({
    id: 'bedrock',
    name: 'Amazon Bedrock',
    needsUrl: 'The region is in the address: https://bedrock-runtime.<region>.amazonaws.com.',
    paths: openai('/openai/v1', 'responses'),
    limits: 'With a Bedrock API key; requests signed with AWS credentials are not made. Models that have no OpenAI endpoint in the region do not answer.',
    source: 'docs.aws.amazon.com/bedrock/latest/userguide/inference-responses-api.html',
  }),
  row({
    id: 'bedrock-mantle',
    name: 'Amazon Bedrock Mantle',
    needsUrl: 'The region is in the address: https://bedrock-mantle.<region>.api.aws.',
    paths: { ...openai('/v1', 'responses'), ...messages('/anthropic') },
    authFor: { 'anthropic-messages': xApiKey },
    modelsPath: '/v1/models',
    limits: 'With a Bedrock API key. Some models answer below /openai/v1 only, which is not called.',
    source: 'docs.aws.amazon.com/bedrock/latest/userguide/bedrock-mantle.html',
  }),
  row({
    id: 'vertex',
    name: 'Google Vertex AI',
    needsUrl:
      'Project and location are in the address: https://<location>-aiplatform.googleapis.com/v1/projects/<project>/locations/<location> (location global: https://aiplatform.googleapis.com/…).',
    paths: { gemini: '/publishers/google/models/{model}:{method}', 'openai-chat': '/endpoints/openapi/chat/completions' },
    lacks: { 'openai-chat': ['logit_bias', 'parallel_tool_calls', 'prediction', 'audio', 'verbosity'] },
    limits:
      'The key is an access token of Google Cloud, which ends after an hour and has to be stored anew. On the OpenAI endpoint models are called google/….',
    source: 'cloud.google.com/vertex-ai/generative-ai/docs/migrate/openai/overview',
  }),

  // Makers of models
  row({
    id: 'mistral',
    name: 'Mistral',
    baseUrl: 'https://api.mistral.ai',
    paths: openai('/v1', 'embeddings'),
    modelsPath: '/v1/models',
    source: 'docs.mistral.ai/resources/migration-guides',
  }),
  row({
    id: 'cohere',
    name: 'Cohere',
    baseUrl: 'https://api.cohere.ai',
    paths: openai('/compatibility/v1', 'embeddings'),
    modelsPath: '/v1/models',
    lacks: { 'openai-chat': ['n', 'logit_bias', 'top_logprobs', 'modalities', 'prediction', 'audio', 'parallel_tool_calls'] },
    source: 'docs.cohere.com/docs/compatibility-api',
  }),
  row({
    id: 'xai',
    name: 'xAI',
    baseUrl: 'https://api.x.ai',
    paths: openai('/v1', 'responses'),
    modelsPath: '/v1/models',
    limits: 'Its Anthropic endpoint is deprecated and not called.',
    source: 'docs.x.ai/developers/rest-api-reference/inference',
  }),
  row({
    id: 'deepseek',
    name: 'DeepSeek',
    baseUrl: 'https://api.deepseek.com',
    authFor: { 'anthropic-messages': xApiKey },
    paths: { 'openai-chat': '/chat/completions', ...messages('/anthropic') },
    modelsPath: '/models',
    lacks: { 'anthropic-messages': ['top_k', 'container', 'mcp_servers'] },
    limits: 'The Anthropic endpoint answers Claude names with its own models and ignores thinking budgets.',
    source: 'api-docs.deepseek.com/guides/anthropic_api',
  }),
  row({
    id: 'perplexity',
    name: 'Perplexity',
    baseUrl: 'https://api.perplexity.ai',
    paths: { 'openai-chat': '/chat/completions', 'openai-responses': '/v1/responses' },
    source: 'docs.perplexity.ai/docs/grounded-llm/openai-compatibility',
  }),
  row({
    id: 'moonshot',
    name: 'Moonshot AI (Kimi)',
    baseUrl: 'https://api.moonshot.ai',
    paths: { ...openai('/v1', 'responses'), ...messages('/anthropic') },
    modelsPath: '/v1/models',
    limits: 'Keys of the Chinese platform need the URL https://api.moonshot.cn in the settings.',
    source: 'platform.kimi.ai/docs/api/overview',
  }),
  row({
    id: 'zai',
    name: 'Z.ai (GLM)',
    baseUrl: 'https://api.z.ai',
    paths: { ...openai('/api/paas/v4'), ...messages('/api/anthropic') },
    limits: 'For pay-as-you-go keys; the coding plan has other addresses.',
    source: 'docs.z.ai/guides/develop/http/introduction',
  }),
  row({
    id: 'zhipu',
    name: 'Zhipu (bigmodel.cn)',
    baseUrl: 'https://open.bigmodel.cn',
    authFor: { 'anthropic-messages': xApiKey },
    paths: { ...openai('/api/paas/v4', 'embeddings'), ...messages('/api/anthropic') },
    source: 'docs.bigmodel.cn/cn/guide/develop/openai/introduction, docs.bigmodel.cn/cn/guide/develop/claude/introduction',
  }),
  row({
    id: 'minimax',
    name: 'MiniMax',
    baseUrl: 'https://api.minimax.io',
    paths: { ...openai('/v1', 'responses'), ...messages('/anthropic') },
    modelsPath: '/v1/models',
    lacks: { 'anthropic-messages': ['top_k', 'stop_sequences', 'mcp_servers', 'context_management', 'container'] },
    limits: 'Keys of the Chinese platform need the URL https://api.minimaxi.com in the settings.',
    source: 'platform.minimax.io/docs/api-reference/text-anthropic-api',
  }),
  row({
    id: 'dashscope',
    name: 'Alibaba Model Studio (Qwen)',
    baseUrl: 'https://dashscope-intl.aliyuncs.com',
    authFor: { 'anthropic-messages': xApiKey },
    paths: { ...openai('/compatible-mode/v1', 'responses', 'embeddings'), ...messages('/apps/anthropic') },
    modelsPath: '/compatible-mode/v1/models',
    limits: 'The address is that of Singapore; Beijing has https://dashscope.aliyuncs.com, and keys belong to one region.',
    source: 'alibabacloud.com/help/en/model-studio/anthropic-api-messages',
  }),
  row({
    id: 'sarvam',
    name: 'Sarvam AI',
    baseUrl: 'https://api.sarvam.ai',
    paths: openai('/v1'),
    modelsPath: '/v1/models',
    source: 'docs.sarvam.ai/api-reference/authentication',
  }),

  // Hosts of open models
  row({
    id: 'groq',
    name: 'Groq',
    baseUrl: 'https://api.groq.com',
    paths: openai('/openai/v1', 'responses'),
    modelsPath: '/openai/v1/models',
    lacks: { 'openai-chat': ['logprobs', 'logit_bias', 'top_logprobs'] },
    source: 'console.groq.com/docs/openai',
  }),
  row({
    id: 'cerebras',
    name: 'Cerebras',
    baseUrl: 'https://api.cerebras.ai',
    paths: openai('/v1'),
    modelsPath: '/v1/models',
    lacks: { 'openai-chat': ['frequency_penalty', 'logit_bias', 'presence_penalty'] },
    source: 'inference-docs.cerebras.ai/resources/openai',
  }),
  row({
    id: 'openrouter',
    name: 'OpenRouter',
    baseUrl: 'https://openrouter.ai/api',
    paths: { ...openai('/v1', 'responses', 'embeddings'), ...messages() },
    modelsPath: '/v1/models',
    limits: 'Which fields are carried depends on the model and on the provider behind it.',
    source: 'openrouter.ai/docs/quickstart',
  }),
  row({
    id: 'together',
    name: 'Together AI',
    baseUrl: 'https://api.together.ai',
    paths: openai('/v1', 'embeddings'),
    modelsPath: '/v1/models',
    source: 'docs.together.ai/docs/inference/openai-compatibility',
  }),
  row({
    id: 'fireworks',
    name: 'Fireworks AI',
    baseUrl: 'https://api.fireworks.ai/inference',
    paths: { ...openai('/v1', 'responses', 'embeddings'), ...messages() },
    modelsPath: '/v1/models',
    source: 'docs.fireworks.ai/tools-sdks/anthropic-compatibility',
  }),
  row({
    id: 'huggingface',
    name: 'Hugging Face Inference Providers',
    baseUrl: 'https://router.huggingface.co',
    paths: openai('/v1', 'responses'),
    modelsPath: '/v1/models',
    limits: 'Embeddings have a shape of their own there.',
    source: 'huggingface.co/docs/inference-providers',
  }),
  row({
    id: 'nebius',
    name: 'Nebius Token Factory',
    baseUrl: 'https://api.tokenfactory.nebius.com',
    paths: openai('/v1', 'embeddings'),
    modelsPath: '/v1/models',
    source: 'docs.tokenfactory.nebius.com/api-reference/introduction',
  }),
  row({
    id: 'parasail',
    name: 'Parasail',
    baseUrl: 'https://api.parasail.io',
    paths: openai('/v1'),
    modelsPath: '/v1/models',
    source: 'docs.parasail.io/parasail-docs/api-reference/authentication',
  }),
  row({
    id: 'sambanova',
    name: 'SambaNova',
    baseUrl: 'https://api.sambanova.ai',
    paths: { ...openai('/v1', 'responses', 'embeddings'), ...messages() },
    modelsPath: '/v1/models',
    limits: 'The Anthropic endpoint answers for few models.',
    source: 'docs.sambanova.ai/docs/en/features/messages',
  }),
  row({
    id: 'deepinfra',
    name: 'DeepInfra',
    baseUrl: 'https://api.deepinfra.com',
    paths: openai('/v1/openai', 'embeddings'),
    modelsPath: '/v1/openai/models',
    source: 'deepinfra.com/docs/openai_api',
  }),
  row({
    id: 'baseten',
    name: 'Baseten Model APIs',
    baseUrl: 'https://inference.baseten.co',
    paths: openai('/v1'),
    modelsPath: '/v1/models',
    source: 'docs.baseten.co/quickstart',
  }),
  row({
    id: 'wafer',
    name: 'Wafer',
    baseUrl: 'https://pass.wafer.ai',
    paths: openai('/v1'),
    modelsPath: '/v1/models',
    source: 'docs.wafer.ai/serverless',
  }),
  row({
    id: 'runware',
    name: 'Runware',
    baseUrl: 'https://api.runware.ai',
    paths: { ...openai('/v1', 'responses'), ...messages() },
    limits: 'Models are named by Runware AIR IDs. Images and video are not called.',
    source: 'runware.ai/docs/tools/compatible-apis',
  }),
  row({
    id: 'opencode-zen',
    name: 'opencode Zen',
    baseUrl: 'https://opencode.ai/zen',
    authFor: { 'anthropic-messages': xApiKey, gemini: googleKey },
    paths: { ...openai('/v1', 'responses'), ...messages(), gemini: '/v1/models/{model}:{method}' },
    modelsPath: '/v1/models',
    limits: 'Each model answers in the dialect of its maker only.',
    source: 'opencode.ai/docs/zen',
  }),
  row({
    id: 'opencode-go',
    name: 'opencode Go',
    baseUrl: 'https://opencode.ai/zen/go',
    authFor: { 'anthropic-messages': xApiKey },
    paths: { ...openai('/v1'), ...messages() },
    modelsPath: '/v1/models',
    limits: 'Refuses calls without the x-opencode-session header of its own client.',
    source: 'opencode.ai/docs/go',
  }),

  // On machines of one's own
  local({
    id: 'ollama',
    name: 'Ollama',
    baseUrl: 'http://127.0.0.1:11434',
    paths: { ...openai('/v1', 'responses', 'embeddings'), ...messages() },
    modelsPath: '/v1/models',
    probePath: '/api/version',
    lacks: { 'openai-chat': ['n', 'logit_bias'] },
    limits: 'Ignores tool_choice. Responses are stateless. Ollama Cloud: the URL https://ollama.com in the settings, and a key.',
    source: 'docs.ollama.com/api/openai-compatibility, docs.ollama.com/api/anthropic-compatibility',
  }),
  local({
    id: 'lmstudio',
    name: 'LM Studio',
    baseUrl: 'http://127.0.0.1:1234',
    paths: { ...openai('/v1', 'responses', 'embeddings'), ...messages() },
    modelsPath: '/v1/models',
    source: 'lmstudio.ai/docs/developer/openai-compat, lmstudio.ai/docs/developer/anthropic-compat',
  }),
  local({
    id: 'vllm',
    name: 'vLLM',
    baseUrl: 'http://127.0.0.1:8000',
    paths: { ...openai('/v1', 'responses', 'embeddings'), ...messages() },
    modelsPath: '/v1/models',
    probePath: '/health',
    source: 'docs.vllm.ai/en/stable/serving/online_serving.html',
  }),
  local({
    id: 'sglang',
    name: 'SGLang',
    baseUrl: 'http://127.0.0.1:30000',
    paths: { ...openai('/v1', 'embeddings'), ...messages() },
    modelsPath: '/v1/models',
    probePath: '/health',
    source: 'docs.sglang.io/docs/basic_usage/anthropic_api',
  }),

  // Known by name, not callable
  unread('elevenlabs', 'ElevenLabs', noInference('speech'), 'docs.getbifrost.ai/providers/supported-providers/elevenlabs'),
  unread('runway', 'Runway', noInference('video'), 'docs.getbifrost.ai/providers/supported-providers/runway'),
  unread('replicate', 'Replicate', noInference('predictions in a shape of each model'), 'docs.getbifrost.ai/providers/supported-providers/replicate'),
];
