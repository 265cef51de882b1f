// The table of conditions the agent can warn of: each is declared here, with the state it leads to and what to do about it.
import type { Warning } from '../contract/status.ts';

interface Declared extends Pick<Warning, 'severity' | 'title' | 'leadsTo'> {
  /** `detail` says what is particular to this time: a name, a file, a reason. */
  readonly text: (detail: string) => string;
}

/** `: detail` where there is one. */
const because = (detail: string): string => (detail === '' ? '' : `: ${detail.replace(/\.+$/, '')}`);

export const healthWarnings = {
  'gateway-down-closed': {
    severity: 'error',
    title: 'The gateway cannot be reached; AI calls are refused',
    text: (detail) =>
      `No gateway answers${because(detail)}. Policy says onGatewayDown: closed, so AI calls are refused until it is back. Check the network and the gateway's URL.`,
    leadsTo: 'blocked',
  },
  'gateway-down-open': {
    severity: 'warning',
    title: 'The gateway cannot be reached; AI calls go out without it',
    text: (detail) =>
      `No gateway answers${because(detail)}. Policy says onGatewayDown: open, so calls go to their own hosts with the client's own credential, and each is recorded as failed-open.`,
    leadsTo: 'degraded',
  },
  'gateway-rejected': {
    severity: 'warning',
    title: 'The gateway refuses calls',
    text: (detail) => `The gateway answers with its own error${because(detail)}. Check the virtual key, its budget and its rate limit.`,
    leadsTo: 'degraded',
  },
  'policy-last-good': {
    severity: 'warning',
    title: 'The policy file is faulty; the last good one is in force',
    text: (detail) => `The policy file was not taken over${because(detail)}. Correct it; \`heimdall policy check FILE\` tells what is wrong.`,
    leadsTo: 'degraded',
  },
  'policy-unsaved': {
    severity: 'warning',
    title: 'The last good policy could not be kept',
    text: (detail) =>
      `The policy is in force, but a faulty file at the next start would find no copy to fall back on${because(detail)}. Free space, or give the data folder back to its user.`,
    leadsTo: 'protected',
  },
  'budgets-unsaved': {
    severity: 'warning',
    title: 'What was spent cannot be kept',
    text: (detail) =>
      `Budgets and rate limits hold while the agent runs, but their counts may be lost when it stops${because(detail)}. Free space, or give the data folder back to its user.`,
    leadsTo: 'protected',
  },
  'key-store': {
    severity: 'warning',
    title: 'Keys of providers are missing or cannot be read',
    text: (detail) =>
      `${detail === '' ? 'The key store cannot be used.' : detail} Targets without a key are passed over; \`heimdall keys list\` shows what is there.`,
    leadsTo: 'protected',
  },
  'telemetry-trouble': {
    severity: 'info',
    title: 'The telemetry collector does not take what is sent',
    text: (detail) =>
      `Calls are not held up by it; what could not be sent is dropped${because(detail)}. Check telemetry.otlp in the settings, and the collector.`,
    leadsTo: 'protected',
  },
  'gateway-limit': {
    severity: 'warning',
    title: 'The gateway says that a budget or a rate limit is used up',
    text: (detail) =>
      `A gateway refused a call on account of its own limits${because(detail)}. Calls that can go elsewhere do; ask whoever runs the gateway for the rest.`,
    leadsTo: 'degraded',
  },
  'policy-error': {
    severity: 'error',
    title: 'The policy fails while it runs',
    text: (detail) => `A rule could not be evaluated${because(detail)}. Calls follow onPolicyError of the policy file.`,
    leadsTo: 'degraded',
  },
  'audit-trouble': {
    severity: 'error',
    title: 'The audit log cannot be written',
    text: (detail) =>
      `${detail === '' ? 'Free space on the disk or correct the permissions of the data folder.' : detail} Rows wait in memory and are written as soon as it works again.`,
    leadsTo: 'degraded',
  },
  'audit-set-aside': {
    severity: 'warning',
    title: 'A damaged audit file was set aside',
    text: (detail) => `The audit file could not be used and was kept under another name${because(detail)}. A new chain began, and its first row says so.`,
    leadsTo: 'degraded',
  },
  'ca-renewed': {
    severity: 'info',
    title: 'The certificate authority was renewed',
    text: (detail) => `A new CA was made${because(detail)}. Programs that trusted the old file must be given the new one: \`heimdall ca export\`.`,
    leadsTo: 'protected',
  },
  'port-fallback': {
    severity: 'info',
    title: 'Another port is in use',
    text: (detail) =>
      `The port of the settings was busy${because(detail)}. Programs set up for it do not reach Heimdall; use the port shown by \`heimdall status\`.`,
    leadsTo: 'protected',
  },
  'pinned-tunnel': {
    severity: 'warning',
    title: 'Calls of a pinned app pass unread',
    text: (detail) =>
      `An app accepts no certificate but its own, and policy lets its connections pass${because(detail)}. Each is recorded. If it should be read, make it trust the certificate (\`heimdall apps\` says how); if it should not pass, say block under \`pinned\` in the policy.`,
    leadsTo: 'degraded',
  },
  'settings-overridden': {
    severity: 'info',
    title: 'A setting has no effect',
    text: (detail) => `A stronger layer sets the same value${because(detail)}. The stronger one is in force; change it there, or take the weaker one away.`,
    leadsTo: 'protected',
  },
  'key-without-gateway': {
    severity: 'warning',
    title: 'A virtual key is set, but no gateway',
    text: (detail) => `The key has nowhere to go${because(detail)}. Name the gateway under targets in the settings, or in HEIMDALL_GATEWAY_URL.`,
    leadsTo: 'protected',
  },
  'gateway-insecure': {
    severity: 'warning',
    title: 'A gateway is called without encryption',
    text: (detail) =>
      `The URL of a gateway on another machine begins with http://${because(detail)}. The virtual key and every prompt cross the network in the clear; use https://.`,
    leadsTo: 'degraded',
  },
  'secret-exposed': {
    severity: 'warning',
    title: 'A secret file can be read by others',
    text: (detail) => `Other users of this machine can read a file that holds a secret${because(detail)}. Set its mode to 0600.`,
    leadsTo: 'protected',
  },
  'secret-missing': {
    severity: 'error',
    title: 'A secret is missing',
    text: (detail) =>
      `A key or a password of the settings could not be found${because(detail)}. Calls are made without it and will likely be refused. Set it where the settings point, and restart the agent.`,
    leadsTo: 'degraded',
  },
  'strict-off': {
    severity: 'warning',
    title: 'Programs that ignore proxies are not captured',
    text: (detail) =>
      `Strict capture was asked for and does not stand${because(detail)}. Programs that use the proxy are captured all the same. Look at \`heimdall setup --only strict\`.`,
    leadsTo: 'degraded',
  },
  'proxy-failed': {
    severity: 'error',
    title: "The organisation's proxy does not let calls through",
    text: (detail) =>
      `The proxy between this computer and the network cannot be used${because(detail)}. Calls fail until it can. Check the network, and network.upstreamProxy in the settings.`,
    leadsTo: 'degraded',
  },
  'proxy-pac-failed': {
    severity: 'warning',
    title: 'The PAC file of the organisation cannot be used',
    text: (detail) =>
      `Calls go straight out, without the organisation's proxy${because(detail)}. Correct its address or its text, or name the proxy under network.upstreamProxy.`,
    leadsTo: 'protected',
  },
  'proxy-is-self': {
    severity: 'info',
    title: 'Heimdall was named as its own proxy',
    text: (detail) =>
      `Taking it would send calls in a circle, so it is left out${because(detail)}. Name the real proxy under network.upstreamProxy, or "none".`,
    leadsTo: 'protected',
  },
} as const satisfies Record<string, Declared>;

export type WarningCode = keyof typeof healthWarnings;
