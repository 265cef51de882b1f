// Takes a secret from standard input, never from the command line, where other users and the shell's history would see it.
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { UsageError } from './command.ts';
import type { CommandContext } from './command.ts';

/** One line without its end. At a terminal it asks, and shows nothing of what is typed. `example` is a command line that brings it by a pipe. */
export async function readSecret(context: CommandContext, question: string, example = 'printf %s "$KEY" | heimdall audit list --leaked'): Promise<string> {
  const value = context.stdin.isTTY ? await ask(context, question) : await text(context.stdin);
  const secret = value.replace(/\r?\n$/, '');
  if (secret === '') throw new UsageError(`Nothing came on standard input. Give the value there, for example: ${example}`);
  return secret;
}

async function ask(context: CommandContext, question: string): Promise<string> {
  context.err.line(question);
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: context.stdin, output: silent, terminal: true });
  try {
    return await lines.question('');
  } finally {
    lines.close();
  }
}
