// The policy of a fresh installation: nothing is blocked, credentials whose shape leaves no doubt do not leave the machine.
import type { Policy } from '../contract/policy.ts';

export const defaultPolicy: Policy = {
  version: 1,
  rules: [
    {
      id: 'redact-credentials',
      description: 'Credentials with an unmistakable shape. E-mail addresses, card numbers, IBANs and JWTs are recorded, not changed: work needs them.',
      action: 'redact',
      when: {
        findings: ['private-key', 'aws-access-key', 'github-token', 'openai-key', 'anthropic-key', 'google-api-key', 'slack-token', 'stripe-key'],
      },
    },
  ],
  // Kept in memory only, found values masked: people can read what left their machine, and nothing of it is written anywhere.
  content: { keep: 'memory', values: 'masked' },
  user: { pause: true, longestPauseMinutes: 1440, quit: true, decideApps: true },
  apps: {},
  failures: {
    // A configured gateway is there to govern: going around it with the client's own credential would be a bypass.
    onGatewayDown: 'closed',
    // A body too large or in an unknown coding goes out unread. Nothing is blocked here anyway, and the audit row says failed-open.
    onUnreadable: 'open',
    // A fault of Heimdall itself is never expected; letting calls pass unexamined would hide it.
    onPolicyError: 'closed',
  },
  surfaces: [],
  // A client that does not accept the certificate fails where people see it, instead of passing unread where nobody does.
  pinned: { default: 'block', hosts: {}, learnMinutes: 60 },
};
