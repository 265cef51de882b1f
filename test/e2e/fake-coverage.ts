// How far the fake agent's apps are covered: one of each kind that a person meets.
import type { AppCoverage, CoverageStep } from '../../src/contract/coverage.ts';

const yes = (how: string): CoverageStep => ({ state: 'yes', how });

const covered: AppCoverage = {
  detected: yes('Found: a program on the PATH; npm package in /usr/lib/node_modules; process 4711.'),
  wired: yes('Process 4711 was started with HTTPS_PROXY=http://127.0.0.1:7465.'),
  trusted: yes('A handshake through the agent succeeded with the roots of /etc/ssl/certs.'),
  observed: yes('Its call to api.anthropic.com was seen at 2026-11-22 16:40, and that it was this program.'),
  enforced: yes('Policy was applied to its call to api.anthropic.com at 2026-11-22 16:40.'),
};

const restart = 'It needs a restart: a program reads the environment once, when it starts.';

const special: Readonly<Record<string, Partial<AppCoverage>>> = {
  'gemini-cli': {
    trusted: {
      state: 'no',
      how: 'The certificate is in /home/ada/.local/share/heimdall/extra-ca.pem, but process 5120 was started without NODE_EXTRA_CA_CERTS.',
      reason: restart,
      fix: 'Close it and start it again, from a new terminal or a new session.',
    },
  },
  cursor: {
    enforced: {
      state: 'no',
      how: 'Its connection to api2.cursor.sh was passed on unread at 2026-11-22 16:38.',
      reason: 'What is said to this host cannot be read, so rules apply to it by app and host only.',
      fix: 'Block the app or the host by a rule if its calls must not leave.',
    },
  },
  'ingest-nightly': {
    detected: yes('It called api.openai.com at 2026-11-22 16:35; no installation was found.'),
    trusted: {
      state: 'no',
      how: 'It broke off the TLS handshake after our certificate for api.openai.com at 2026-11-22 16:36.',
      reason: 'The certificate is not in the certificate bundle that its environment names.',
      fix: '`heimdall setup --only trust,environment`, then start it again.',
    },
    enforced: {
      state: 'no',
      how: 'It broke off the TLS handshake after our certificate for api.openai.com at 2026-11-22 16:36.',
      reason: 'Its calls fail, so there was nothing to apply policy to.',
      fix: 'See the step “trusted”.',
    },
  },
  zed: {
    wired: {
      state: 'no',
      how: 'Variables of the session (~/.config/environment.d/60-heimdall.conf): HTTPS_PROXY. Process 6001 was started without it.',
      reason: restart,
      fix: 'Close it (process 6001) and start it again, from a new terminal or a new session.',
    },
    observed: {
      state: 'no',
      how: 'No connection of it to an AI host stands in the audit log.',
      reason: 'It runs, but its calls do not come through Heimdall.',
      fix: 'Close it (process 6001) and start it again, from a new terminal or a new session.',
    },
    enforced: {
      state: 'no',
      how: 'No call of it that policy decided on stands in the audit log.',
      reason: 'It made none through Heimdall.',
      fix: 'See the steps before.',
    },
  },
  ollama: {
    observed: {
      state: 'no',
      how: 'No connection of it to an AI host stands in the audit log.',
      reason: 'It never ran since Heimdall keeps its log, or made no call.',
      fix: 'Start it and make a call.',
    },
    enforced: {
      state: 'no',
      how: 'No call of it that policy decided on stands in the audit log.',
      reason: 'It made none through Heimdall.',
      fix: 'See the steps before.',
    },
    trusted: { state: 'unknown', how: 'Nothing is known of whose certificates this program believes.', fix: 'Let it make a call: its handshake will tell.' },
  },
};

export const fakeCoverage = (app: string): AppCoverage => ({ ...covered, ...special[app] });
