// `heimdall ca show` and `heimdall ca export`: the certificate that programs must trust.
import { X509Certificate } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CaInfo } from '../contract/control.ts';
import { AgentError, messageOf } from '../contract/errors.ts';
import { absolutePath } from '../config/paths.ts';
import { dataDirOf, findAgent } from './agent-link.ts';
import { dataDirOption } from './command.ts';
import type { CommandContext, CommandInput, CommandSpec } from './command.ts';
import { printable } from './output.ts';

/** What can be told of the CA; `permitted` only by a running agent. */
type KnownCa = Omit<CaInfo, 'permitted'> & Partial<Pick<CaInfo, 'permitted'>>;

export const caShow: CommandSpec = {
  name: 'ca show',
  summary: 'show the certificate authority of this installation',
  options: [dataDirOption],
  examples: [
    ['heimdall ca show', 'fingerprint, validity, file and the hosts it may speak for'],
    ['heimdall ca show --json', 'the same as JSON, with the certificate'],
  ],
  run: async (context, input) => {
    const ca = await knownCa(context, input);
    if (input.json) context.out.json(ca);
    else printCa(context, ca);
    return 'ok';
  },
};

export const caExport: CommandSpec = {
  name: 'ca export',
  summary: 'write the certificate as PEM, for programs that must trust it',
  options: [{ flags: '-o, --output <file>', description: 'write to this file instead of standard output' }, dataDirOption],
  examples: [
    ['heimdall ca export > heimdall-ca.pem', 'the certificate alone; the key never leaves the agent'],
    ['heimdall ca export -o /usr/local/share/ca-certificates/heimdall.crt', 'where Debian looks for it'],
  ],
  run: async (context, input) => {
    const ca = await knownCa(context, input);
    const file = input.text('output');
    if (file !== undefined) {
      writeTo(absolutePath(file, context.cwd, context), ca.pem);
      context.err.line(`The certificate was written to ${file}.`);
    }
    if (input.json) context.out.json(ca);
    else if (file === undefined) context.out.line(ca.pem.trimEnd());
    return 'ok';
  },
};

async function knownCa(context: CommandContext, input: CommandInput): Promise<KnownCa> {
  const dataDir = dataDirOf(context, input);
  const agent = await findAgent(context, dataDir);
  if (agent === undefined) return caInFolder(dataDir);
  try {
    return await agent.call('ca.get', {});
  } finally {
    agent.close();
  }
}

function caInFolder(dataDir: string): KnownCa {
  const file = join(dataDir, 'ca.pem');
  try {
    const certificate = new X509Certificate(readFileSync(file));
    return {
      pem: certificate.toString(),
      fingerprint: certificate.fingerprint256,
      subject: certificate.subject.split('\n').join(', '),
      notBefore: certificate.validFromDate.getTime(),
      notAfter: certificate.validToDate.getTime(),
      file,
    };
  } catch (cause) {
    throw new AgentError(
      'ca-unusable',
      `There is no readable certificate at ${file}: ${messageOf(cause)}. Start the agent once, or name its data folder with --data-dir.`,
      { cause },
    );
  }
}

function writeTo(file: string, pem: string): void {
  try {
    writeFileSync(file, pem, { mode: 0o644 });
  } catch (cause) {
    throw new AgentError('internal', `${file} cannot be written: ${messageOf(cause)}. Choose another place or ask for the right to write there.`, { cause });
  }
}

function printCa({ out }: CommandContext, ca: KnownCa): void {
  const day = (at: number): string => new Date(at).toISOString().slice(0, 10);
  const field = (name: string, value: string): void => out.line(`${out.paint('dim', name.padEnd(12))} ${printable(value)}`);
  field('subject', ca.subject);
  field('SHA-256', ca.fingerprint);
  field('valid', `${day(ca.notBefore)} to ${day(ca.notAfter)}`);
  field('file', ca.file);
  field('speaks for', ca.permitted === undefined ? 'ask a running agent' : `${ca.permitted.length} names and no other`);
  for (const name of ca.permitted ?? []) out.line(`             ${printable(name)}`);
}
