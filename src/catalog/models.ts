// Reads a model's name as people write it: an alias, `provider/model`, or a bare name of a family everyone knows.

export interface ResolvedModel {
  /** Catalog id; undefined where the name tells none. */
  readonly provider: string | undefined;
  /** Without the provider's prefix. */
  readonly model: string;
}

export interface ModelNames {
  /** Name to what it stands for; followed once. */
  readonly aliases: Readonly<Record<string, string>>;
  /** Catalog ids of the providers in use. */
  readonly providers: readonly string[];
}

/** What other programs call providers: Bifrost, LiteLLM, OpenRouter and the vendors themselves. */
const synonyms: Readonly<Record<string, string>> = {
  gemini: 'google',
  'google-ai-studio': 'google',
  vertex_ai: 'vertex',
  'azure-openai': 'azure',
  azure_ai: 'azure',
  'amazon-bedrock': 'bedrock',
  bedrock_mantle: 'bedrock-mantle',
  mistralai: 'mistral',
  'x-ai': 'xai',
  grok: 'xai',
  together_ai: 'together',
  togetherai: 'together',
  fireworks_ai: 'fireworks',
  'fireworks-ai': 'fireworks',
  'hugging-face': 'huggingface',
  sgl: 'sglang',
  'lm-studio': 'lmstudio',
  lm_studio: 'lmstudio',
  moonshotai: 'moonshot',
  kimi: 'moonshot',
  'z-ai': 'zai',
  qwen: 'dashscope',
  alibaba: 'dashscope',
};

/** Bare names that only one maker gives. Open models (llama, qwen, gpt-oss …) are served by many and name none. */
const families: readonly (readonly [pattern: RegExp, provider: string])[] = [
  [/^claude-/, 'anthropic'],
  [/^(?:gpt-(?!oss)|chatgpt-|o[1-9](?:$|-)|codex-|text-embedding-(?:3-|ada-))/, 'openai'],
  [/^(?:gemini-|models\/gemini-|gemini-embedding-)/, 'google'],
  [/^(?:mistral|ministral|magistral|devstral|codestral|pixtral|voxtral)-/, 'mistral'],
  [/^grok-/, 'xai'],
  [/^deepseek-(?:chat|reasoner|flash|v4-)/, 'deepseek'],
  [/^(?:command-|c4ai-|embed-v4|embed-english-|embed-multilingual-)/, 'cohere'],
  [/^sonar(?:$|-)/, 'perplexity'],
  [/^(?:kimi-|moonshot-)/, 'moonshot'],
  [/^glm-/, 'zai'],
  [/^minimax-/i, 'minimax'],
];

/** A first segment that is no provider in use is a part of the model's name: `meta-llama/Llama-3.3-70B`. */
export function resolveModel(name: string, { aliases, providers }: ModelNames): ResolvedModel {
  const meant = Object.hasOwn(aliases, name) ? (aliases[name] ?? name) : name;
  const slash = meant.indexOf('/');
  const provider = slash > 0 && slash < meant.length - 1 ? known(meant.slice(0, slash), providers) : undefined;
  if (provider !== undefined) return { provider, model: meant.slice(slash + 1) };
  return { provider: families.find(([pattern]) => pattern.test(meant))?.[1], model: meant };
}

/** Providers in use go first: who serves `qwen` themselves means their own. */
function known(prefix: string, providers: readonly string[]): string | undefined {
  if (providers.includes(prefix)) return prefix;
  const lower = prefix.toLowerCase();
  const meant = Object.hasOwn(synonyms, lower) ? synonyms[lower] : lower;
  return meant !== undefined && providers.includes(meant) ? meant : undefined;
}
