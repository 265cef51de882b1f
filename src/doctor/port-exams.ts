// Whether the proxy answers on its port, whether its PAC file leads there, and who holds the port when it does not.
import { request } from 'node:http';
import { AgentError, codeOf, messageOf } from '../contract/errors.ts';
import { isDeadPort, localPortsIn } from '../system/local-port.ts';
import type { Exam, Finding } from './exam.ts';
import { interceptedHost } from './intercepted-host.ts';
import { portOf } from './patient.ts';
import type { Patient } from './patient.ts';

export function portExams(patient: Patient): readonly Exam[] {
  const port = portOf(patient);
  const { agent } = patient;
  if (agent === undefined) {
    return [
      {
        id: 'port',
        title: `Port ${port} is free for the agent`,
        tried: `Connecting to 127.0.0.1:${port} and [::1]:${port}`,
        look: () => lookAtFreePort(patient),
      },
    ];
  }
  const listeners = agent.status.proxy.addresses.map((address): Exam => {
    const host = address.includes(':') ? `[${address}]` : address;
    return {
      id: `listener-${address}`,
      title: `The proxy answers on ${host}:${port}`,
      tried: `GET http://${host}:${port}/proxy.pac`,
      look: () => lookAtListener(patient, address),
    };
  });
  return [
    ...listeners,
    { id: 'port', title: 'The proxy is on the port of the settings', tried: `The port of the settings and of the agent`, look: () => lookAtMovedPort(patient) },
    {
      id: 'pac',
      title: 'The PAC file leads AI hosts to the proxy, and all others past it',
      tried: `Evaluating http://127.0.0.1:${port}/proxy.pac for an AI host and for example.com`,
      look: () => lookAtPac(patient),
    },
  ];
}

async function holderOf({ instruments }: Patient, port: number): Promise<string | undefined> {
  const holder = await instruments.portHolder(port);
  return holder === undefined ? undefined : `${holder.name === '' ? 'a program' : holder.name} (process ${holder.pid})`;
}

async function lookAtFreePort(patient: Patient): Promise<Finding> {
  const port = portOf(patient);
  if (port === 0) return { verdict: 'ok', seen: 'The settings ask for any free port.' };
  if (await isDeadPort(port)) return { verdict: 'ok', seen: 'Nothing listens there.' };
  const holder = await holderOf(patient, port);
  return {
    verdict: patient.loaded?.settings.portFallback === false ? 'failed' : 'warning',
    seen: `${holder ?? 'Another program'} listens on port ${port}.`,
    culprit: holder === undefined ? 'program' : `program (${holder})`,
    fix: 'End that program, or give Heimdall another port: `port` in the settings, or `heimdall run --port 0`.',
  };
}

async function lookAtListener(patient: Patient, address: string): Promise<Finding> {
  const port = portOf(patient);
  try {
    const { code, text } = await fetchLocal(address, port);
    if (code === 200 && text.includes('FindProxyForURL')) return { verdict: 'ok', seen: `The PAC file, ${text.length} characters.` };
    const holder = await holderOf(patient, port);
    return {
      verdict: 'failed',
      seen: `Status ${code}, no PAC file: ${holder ?? 'something else'} answers there.`,
      culprit: holder === undefined ? 'program' : `program (${holder})`,
      fix: 'End the program that holds the port and restart the agent, or choose another port in the settings.',
    };
  } catch (error) {
    return {
      verdict: 'failed',
      seen: messageOf(error),
      culprit: 'this machine',
      fix: 'A local firewall or a security product may stand in between: allow connections to 127.0.0.1 and ::1. Then restart the agent.',
    };
  }
}

/** GET on a port of this computer. */
function fetchLocal(host: string, port: number, path = '/proxy.pac'): Promise<{ code: number; text: string }> {
  return new Promise((resolve, reject) => {
    const call = request({ host, port, path, agent: false, timeout: 3_000 }, (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (chunk: string) => (text += chunk));
      answer.on('end', () => resolve({ code: answer.statusCode ?? 0, text }));
    });
    call.on('timeout', () => call.destroy(new Error('No answer within three seconds.')));
    call.on('error', reject);
    call.end();
  });
}

async function lookAtMovedPort(patient: Patient): Promise<Finding> {
  const [wanted, port] = [patient.loaded?.settings.port, portOf(patient)];
  if (wanted === undefined || wanted === 0 || wanted === port) return { verdict: 'ok', seen: `Port ${port}.` };
  const holder = await holderOf(patient, wanted);
  return {
    verdict: 'warning',
    seen: `The settings ask for port ${wanted}; the agent is on ${port}${holder === undefined ? '' : `, because ${holder} holds ${wanted}`}.`,
    culprit: holder === undefined ? 'program' : `program (${holder})`,
    fix: `What Heimdall set up itself follows along. Programs you pointed at ${wanted} by hand need ${port}; or free ${wanted} and restart the agent.`,
  };
}

async function lookAtPac(patient: Patient): Promise<Finding> {
  const port = portOf(patient);
  const { code, text } = await fetchLocal('127.0.0.1', port);
  if (code !== 200) return { verdict: 'failed', seen: `Status ${code}.`, culprit: 'heimdall', fix: 'Restart the agent.' };
  return await judgePac(patient, text, interceptedHost(), port);
}

/** A PAC file that leads an AI host to `port`. */
async function judgePac({ instruments }: Patient, source: string, host: string, port: number): Promise<Finding> {
  let answers: readonly [ai: string, other: string];
  try {
    answers = [await instruments.evaluatePac(source, `https://${host}/`), await instruments.evaluatePac(source, 'https://example.com/')];
  } catch (error) {
    if (error instanceof AgentError && codeOf(error) === 'internal') throw error;
    return {
      verdict: 'failed',
      seen: `It cannot be evaluated: ${messageOf(error)}`,
      culprit: 'heimdall',
      fix: 'Restart the agent; if it stays so, report it.',
    };
  }
  const [ai, other] = answers;
  const named = localPortsIn(ai);
  const seen = `${host}: ${ai}; example.com: ${other}`;
  if (named.length > 0 && !named.includes(port)) {
    return {
      verdict: 'failed',
      seen: `${seen}. It names port ${named.join(', ')}, while the agent is on ${port}.`,
      culprit: 'heimdall',
      fix: 'The file is an old one. Run `heimdall setup` again and restart programs that keep the old file; `heimdall doctor --fix` sets the places anew.',
    };
  }
  if (named.length === 0)
    return { verdict: 'failed', seen: `${seen}. AI hosts are not led to Heimdall.`, culprit: 'heimdall', fix: 'Restart the agent; if it stays so, report it.' };
  if (localPortsIn(other).includes(port))
    return { verdict: 'warning', seen: `${seen}. Other traffic takes Heimdall, too.`, culprit: 'heimdall', fix: 'Report it: only AI hosts should.' };
  return { verdict: 'ok', seen: `${seen}.` };
}
