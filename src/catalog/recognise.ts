// What a request on a surface is: an inference call in a dialect, or native.
import { catalogRows } from './hosts.ts';
import type { Routes } from './hosts.ts';
import { normalisePath } from './path.ts';
import type { DialectId, Recognition, Surface } from '../contract/exchange.ts';

interface CompiledRoutes {
  readonly exact: ReadonlyMap<string, Recognition>;
  readonly templates: readonly { readonly pattern: RegExp; readonly recognition: Recognition }[];
}

const native: Recognition = Object.freeze({ kind: 'native' });

const recognitions: Readonly<Record<DialectId, Recognition>> = {
  'openai-chat': Object.freeze({ kind: 'dialect', dialect: 'openai-chat' }),
  'openai-responses': Object.freeze({ kind: 'dialect', dialect: 'openai-responses' }),
  'openai-embeddings': Object.freeze({ kind: 'dialect', dialect: 'openai-embeddings' }),
  'anthropic-messages': Object.freeze({ kind: 'dialect', dialect: 'anthropic-messages' }),
  gemini: Object.freeze({ kind: 'dialect', dialect: 'gemini' }),
};

function sourceOf(template: string): string {
  const pieces = template.toLowerCase().split(/\{[^}]*\}/);
  return pieces.map((piece) => piece.replaceAll('.', '\\.')).join('[^/]+');
}

function compile(routes: Routes): CompiledRoutes {
  const exact = new Map<string, Recognition>();
  const templates = new Map<DialectId, string[]>();
  for (const [path, dialect] of Object.entries(routes)) {
    if (path.includes('{')) templates.set(dialect, [...(templates.get(dialect) ?? []), sourceOf(path)]);
    else exact.set(path.toLowerCase(), recognitions[dialect]);
  }
  return {
    exact,
    templates: [...templates].map(([dialect, sources]) => ({ pattern: new RegExp(`^(?:${sources.join('|')})$`), recognition: recognitions[dialect] })),
  };
}

const routesOf = new Map<string, CompiledRoutes>();
for (const row of catalogRows) {
  const routes = compile(row.routes);
  for (const pattern of row.hosts) routesOf.set(pattern, routes);
}

/**
 * Recognises one request by its method and its path without query.
 * A spelling that an origin might still accept (doubled slash, percent-encoded letter, other case) counts as the path it stands for,
 * so that no spelling is a way around policy.
 */
export function recognise(surface: Surface, method: string, path: string): Recognition {
  if (method !== 'POST' && method.toUpperCase() !== 'POST') return native;
  const routes = routesOf.get(surface.pattern);
  if (routes === undefined) return native;
  const plain = routes.exact.get(path);
  if (plain !== undefined) return plain;
  const normal = normalisePath(path);
  return routes.exact.get(normal) ?? routes.templates.find((template) => template.pattern.test(normal))?.recognition ?? native;
}
