// The variables of this shell that decide how programs started from it reach AI hosts: dead proxies, foreign proxies, missing certificates, switched-off checks.
import { readFileSync } from 'node:fs';
import { X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import { messageOf } from '../contract/errors.ts';
import { isDeadPort } from '../system/local-port.ts';
import type { Exam, Finding } from './exam.ts';
import { portOf } from './patient.ts';
import type { Patient } from './patient.ts';

const proxyVariables = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy', 'ALL_PROXY', 'all_proxy'] as const;
/** Variables that take the place of the system's roots, and those that add to them. */
const rootVariables = [
  'SSL_CERT_FILE',
  'REQUESTS_CA_BUNDLE',
  'CURL_CA_BUNDLE',
  'GIT_SSL_CAINFO',
  'CODEX_CA_CERTIFICATE',
  'NODE_EXTRA_CA_CERTS',
  'AWS_CA_BUNDLE',
  'PIP_CERT',
] as const;
/** What a program reads as "do not verify". */
const dangerous: readonly (readonly [name: string, isOff: (value: string) => boolean, who: string])[] = [
  [
    'NODE_TLS_REJECT_UNAUTHORIZED',
    (value) => value === '0',
    'Node programs started from it accept any certificate: whoever sits on the network can read and change their calls, keys included',
  ],
  ['PYTHONHTTPSVERIFY', (value) => value === '0', 'Python programs started from it accept any certificate'],
  ['GIT_SSL_NO_VERIFY', (value) => value !== '' && value !== '0' && value !== 'false', 'git accepts any certificate'],
];

/** Only the variables that are set are examined, and one line says so when none is. */
export function shellExams(patient: Patient): readonly Exam[] {
  const { env } = patient.machine;
  const isSet = (name: string): boolean => (env[name] ?? '') !== '';
  const exams: Exam[] = [
    ...proxyVariables.filter(isSet).map((name) => variable(name, 'leads to a proxy that answers', () => lookAtProxy(patient, name))),
    ...rootVariables.filter(isSet).map((name) => variable(name, "names a file with Heimdall's certificate", () => lookAtRoots(patient, name))),
    ...dangerous
      .filter(([name]) => isSet(name))
      .map(([name, isOff, who]) => variable(name, 'leaves certificates checked', () => lookAtDanger(env[name] ?? '', name, isOff, who))),
    ...(isSet('NO_PROXY') || isSet('no_proxy') ? [variable('NO_PROXY', 'keeps this computer out and AI hosts in', () => lookAtExceptions(patient))] : []),
  ];
  if (exams.length > 0) return exams;
  return [
    {
      id: 'shell',
      title: 'The variables of this shell',
      tried: [...proxyVariables, ...rootVariables].join(', '),
      look: () => ({
        verdict: 'skipped',
        seen: 'None of them is set: programs started from this shell go by the settings of the system.',
        fix: 'To cover them: `eval "$(heimdall env)"`, or `heimdall setup --only environment`.',
      }),
    },
  ];
}

function variable(name: string, claim: string, look: Exam['look']): Exam {
  return { id: `shell-${name}`, title: `${name} of this shell ${claim}`, tried: `The value of ${name}`, look };
}

const unset = (name: string): string => `\`unset ${name}\` here, take the line out of your shell's start-up file, and open a new terminal`;

async function lookAtProxy(patient: Patient, name: string): Promise<Finding> {
  const value = patient.machine.env[name] ?? '';
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? value : `http://${value}`);
  if (url === null || url.hostname === '')
    return { verdict: 'failed', seen: 'It is not an address.', culprit: 'this machine', fix: `Correct it, or ${unset(name)}.` };
  const port = portOf(patient);
  const where = Number(url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : url.port);
  if (!isLocal(url.hostname)) {
    return {
      verdict: 'warning',
      seen: `It leads to another proxy, ${url.hostname}:${where}: programs started from this shell pass Heimdall by.`,
      culprit: 'your proxy',
      fix: `Set that proxy as network.upstreamProxy, so that Heimdall goes through it, then \`heimdall setup --only environment\`; in this shell: \`export ${name}=http://127.0.0.1:${port}\`.`,
    };
  }
  if (await isDeadPort(where)) {
    return {
      verdict: 'failed',
      seen: `It leads to port ${where} of this computer, where nothing listens: every call of programs started from this shell fails.`,
      culprit: 'this machine',
      fix: patient.agent
        ? `The agent is on ${port}: \`export ${name}=http://127.0.0.1:${port}\`, or open a new terminal after \`heimdall setup --only environment\`.`
        : `Start the agent (\`heimdall run\`), or ${unset(name)}.`,
    };
  }
  if (where !== port || patient.agent === undefined) {
    return {
      verdict: 'warning',
      seen: `It leads to port ${where} of this computer, where another program listens.`,
      culprit: 'program',
      fix: `If that is no proxy you need, ${unset(name)}.`,
    };
  }
  if (url.protocol === 'https:') {
    return {
      verdict: 'failed',
      seen: 'It begins with https://, but the proxy on this computer speaks plain HTTP.',
      culprit: 'this machine',
      fix: `\`export ${name}=http://127.0.0.1:${port}\`.`,
    };
  }
  return { verdict: 'ok', seen: `It leads to Heimdall on port ${port}.` };
}

const isLocal = (host: string): boolean => host === 'localhost' || host === '[::1]' || /^127\./.test(host);

function lookAtRoots({ machine, dataDir, agent }: Patient, name: string): Finding {
  const file = machine.env[name] ?? '';
  const own = agent?.ca.pem ?? readOrUndefined(join(dataDir, 'ca.pem'));
  const adds = name === 'NODE_EXTRA_CA_CERTS';
  const good = join(dataDir, adds ? 'extra-ca.pem' : 'bundle.pem');
  const fix = `Run \`heimdall setup --only environment\` and open a new terminal; by hand: \`export ${name}=${good}\`.`;
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const result = adds ? 'Node warns once and goes on without it' : 'programs that go by it trust nobody';
    return { verdict: 'failed', seen: `It names ${file}, which cannot be read (${messageOf(error)}): ${result}.`, culprit: 'this machine', fix };
  }
  if (own === undefined) return { verdict: 'skipped', seen: 'There is no certificate of Heimdall yet to look for.' };
  if (holds(text, own)) return { verdict: 'ok', seen: `${file} holds the certificate of Heimdall.` };
  return {
    verdict: 'failed',
    seen: `${file} does not hold the certificate of Heimdall: programs that go by it refuse the proxy (unable to get local issuer certificate).`,
    culprit: 'this machine',
    fix,
  };
}

function holds(bundle: string, pem: string): boolean {
  const wanted = new X509Certificate(pem).raw.toString('base64');
  return bundle.replace(/\s/g, '').includes(wanted);
}

function readOrUndefined(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function lookAtDanger(value: string, name: string, isOff: (value: string) => boolean, who: string): Finding {
  if (!isOff(value)) return { verdict: 'ok', seen: 'Certificates are checked.' };
  return {
    verdict: 'failed',
    seen: `DANGEROUS: ${name}=${value} switches certificate checks off. ${who}.`,
    culprit: 'this machine',
    fix: `${unset(name)}. Heimdall does not need it: \`heimdall setup --only trust,environment\` makes the certificate known.`,
  };
}

function lookAtExceptions({ machine }: Patient): Finding {
  const entries = `${machine.env['NO_PROXY'] ?? ''},${machine.env['no_proxy'] ?? ''}`.split(/[\s,]+/).filter((entry) => entry !== '');
  const wide = entries.find((entry) => entry === '*' || /(^|\.)(openai\.com|anthropic\.com|googleapis\.com|chatgpt\.com|com|ai)$/i.test(entry));
  if (wide !== undefined) {
    return {
      verdict: 'warning',
      seen: `It holds ${wide}: programs started from this shell reach AI hosts past Heimdall.`,
      culprit: 'this machine',
      fix: `Take ${wide} out of NO_PROXY.`,
    };
  }
  if (!entries.some((entry) => entry === 'localhost' || entry === '127.0.0.1')) {
    return {
      verdict: 'warning',
      seen: 'It leaves out localhost and 127.0.0.1: programs that call a server of their own may run in a circle.',
      culprit: 'this machine',
      fix: 'Add localhost,127.0.0.1,::1 to NO_PROXY; `heimdall setup --only environment` does it.',
    };
  }
  return { verdict: 'ok', seen: `${entries.length} entries.` };
}
