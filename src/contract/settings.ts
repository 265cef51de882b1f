// The settings file: its schema and the resolved form the composition root hands out.
import { BudgetSettings, PriceSettings, VirtualKeySettings } from './budget.ts';
import { RouteSettings, RoutingSettings, TargetLimits, tiers } from './routing.ts';
import { z } from './schema.ts';
import { SecretSource } from './secret.ts';

const id = z.string().regex(/^[a-zA-Z0-9][a-zA-Z0-9._-]*$/, 'use letters, digits, dots, dashes');

const httpUrl = z.url({ protocol: /^https?$/ });

/** What a target of any kind but the origin may say of itself. */
const placed = { region: z.string().min(1).optional(), tier: z.enum(tiers).optional(), limits: TargetLimits.optional() };

export const TargetSettings = z.discriminatedUnion('kind', [
  z.strictObject({
    id,
    kind: z.literal('gateway'),
    url: httpUrl,
    virtualKey: SecretSource.optional(),
    /** Whose paths and headers it speaks. */
    wire: z.enum(['bifrost', 'litellm', 'portkey']).optional().describe('Default: bifrost.'),
    /** Further headers for it, such as `x-portkey-provider`. */
    headers: z.record(z.string().regex(/^[A-Za-z0-9-]+$/), SecretSource).optional(),
    ...placed,
  }),
  z.strictObject({
    id,
    kind: z.literal('provider'),
    /** A row of the catalog: `heimdall keys providers` lists them. */
    provider: z.string().min(1),
    /** In place of the catalog's; needed for providers on machines of your own, and for those whose address holds an account. */
    url: httpUrl.optional(),
    /** Labels of the keys it uses, out of those that `heimdall keys add` has stored for the provider. Nothing: all of them. */
    keys: z.array(z.string().min(1)).min(1).optional(),
    /** Models it serves, with `*`. Nothing: every model that is asked of this provider. */
    models: z.array(z.string().min(1)).min(1).optional(),
    ...placed,
  }),
  z.strictObject({ id, kind: z.literal('origin') }),
  z.strictObject({ id, kind: z.literal('simulator') }),
]);
export type TargetSettings = z.infer<typeof TargetSettings>;

const milliseconds = (fallback: number) => z.number().int().min(1).max(3_600_000).default(fallback);

const proxyUrl = z.url({ protocol: /^https?$/, error: 'give the URL of an HTTP proxy, such as http://proxy.corp.example:8080' });

export const UpstreamProxySettings = z.union([
  /** What is found on the machine. */
  z.literal('system'),
  z.literal('none'),
  z.strictObject({
    url: proxyUrl,
    /** Hosts that are reached straight, as in NO_PROXY: `.corp.example`, `10.0.0.0/8`, `*.local`. */
    noProxy: z.array(z.string()).default([]),
    user: z.string().min(1).optional(),
    password: SecretSource.optional(),
  }),
  z.strictObject({ pac: z.url({ protocol: /^(?:https?|file)$/ }) }),
]);
export type UpstreamProxySettings = z.infer<typeof UpstreamProxySettings>;

export const Settings = z.strictObject({
  $schema: z.string().optional(),
  /** TCP port on 127.0.0.1 and ::1. `0` picks a free one. */
  port: z.number().int().min(0).max(65535).default(7465),
  /** When the port is busy: `true` takes a free one and says so, `false` stops. */
  portFallback: z.boolean().default(true),
  /** Targets by preference; the first that is up is used. Empty: the simulator. */
  targets: z.array(TargetSettings).default([]),
  /** Where calls go: the first route whose conditions hold. None holds, or none is given: a cascade over the targets in their order. */
  routes: z.array(RouteSettings).default([]),
  routing: RoutingSettings.prefault({}),
  /** The second door: `http://127.0.0.1:<port>/v1`, `/anthropic`, `/genai`. */
  unified: z
    .strictObject({
      enabled: z.boolean().default(true),
      /** Names for models: `fast` may stand for `groq/llama-3.3-70b-versatile`. */
      aliases: z.record(z.string().min(1), z.string().min(1)).default({}),
    })
    .prefault({}),
  virtualKeys: z.array(VirtualKeySettings).default([]),
  budgets: z.array(BudgetSettings).default([]),
  /** `provider/model` (with `*`) to US dollars per million tokens, in place of the price table that Heimdall brings. */
  prices: z.record(z.string(), PriceSettings).default({}),
  telemetry: z
    .strictObject({
      /** `/metrics` on the agent's port, for Prometheus; needs the token as `Authorization: Bearer`. */
      prometheus: z.strictObject({ enabled: z.boolean().default(false), token: SecretSource.optional() }).prefault({}),
      /** OTLP over HTTP: base URL of a collector, such as http://127.0.0.1:4318. */
      otlp: z
        .strictObject({
          url: httpUrl,
          headers: z.record(z.string(), SecretSource).default({}),
          everySeconds: z.number().int().min(1).max(3600).default(30),
        })
        .optional(),
    })
    .prefault({}),
  policyFile: z.string().optional(),
  /** `strict`: programs that ignore proxies are captured as well, which changes the firewall or the hosts file while the agent runs as root or administrator. */
  capture: z.enum(['cooperative', 'strict']).default('cooperative'),
  strict: z
    .strictObject({
      /** How: by `nftables` (Linux, and the default there) or by the `hosts` file (every system). */
      method: z.enum(['nftables', 'hosts']).optional(),
    })
    .prefault({}),
  network: z
    .strictObject({
      /** CIDR ranges of private addresses that clients may reach through the proxy. */
      allowPrivate: z.array(z.string()).default([]),
      /** Where to connect instead, by `host` or `host:port`: value is `address:port`. Exempt from the address check. */
      connectTo: z.record(z.string(), z.string()).default({}),
      /** The proxy of the organisation that leads to the network. */
      upstreamProxy: UpstreamProxySettings.default('system'),
      /** PEM files with further roots for upstreams. */
      extraRoots: z.array(z.string()).default([]),
      connectTimeoutMs: milliseconds(10_000),
      /** From the last byte of the request to the first byte of the answer. */
      answerTimeoutMs: milliseconds(600_000),
      /** For a client to finish its TLS handshake with us. */
      handshakeTimeoutMs: milliseconds(10_000),
    })
    .prefault({}),
  limits: z
    .strictObject({
      /** Largest request body that is read for policy, in bytes, before and after decoding. */
      bodyBytes: z.number().int().min(1024).default(33_554_432),
    })
    .prefault({}),
  processOwner: z
    .strictObject({
      enabled: z.boolean().default(true),
      /** Longest time a request waits for the owner of its connection. */
      budgetMs: z.number().int().min(0).max(1000).default(25),
    })
    .prefault({}),
  audit: z.strictObject({ retentionDays: z.number().int().min(1).default(90) }).prefault({}),
  log: z.strictObject({ level: z.enum(['debug', 'info', 'warn', 'error']).default('info') }).prefault({}),
});
export type Settings = z.infer<typeof Settings>;

/** Where a settings value came from, strongest first. */
export type SettingsLayer = 'managed' | 'command-line' | 'user' | 'environment' | 'default';
