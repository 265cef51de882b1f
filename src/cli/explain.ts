// `heimdall explain`: says what an error message of some AI program means, who is to blame, and which check proves it.
import { text } from 'node:stream/consumers';
import { inspectorIn } from '../doctor/inspectors.ts';
import type { FoundInspector } from '../doctor/inspectors.ts';
import { explain as meaningsOf } from '../doctor/signatures.ts';
import type { Explanation } from '../doctor/signatures.ts';
import { UsageError } from './command.ts';
import type { CommandContext, CommandInput, CommandSpec } from './command.ts';
import { printable } from './output.ts';

export const explain: CommandSpec = {
  name: 'explain',
  summary: 'say what an error message of an AI program means, and what to do',
  arguments: [{ name: 'text', description: 'the message; without it, standard input is read', isList: true }],
  examples: [
    ['heimdall explain "SELF_SIGNED_CERT_IN_CHAIN"', 'cause, who is to blame, the fix'],
    ['claude 2>&1 | heimdall explain', 'whatever the program prints'],
  ],
  run: async (context, input) => {
    const message = await messageFrom(context, input);
    const meanings = meaningsOf(message);
    const inspector = inspectorIn(message);
    if (input.json) context.out.json({ known: meanings.length > 0, meanings, ...(inspector ? { inspector: inspector.name } : {}) });
    else {
      for (const [index, meaning] of meanings.entries()) sayMeaning(context, meaning, index === 0);
      if (meanings.length === 0) sayUnknown(context);
      if (inspector) sayInspector(context, inspector);
    }
    return meanings.length > 0 ? 'ok' : 'failure';
  },
};

function sayMeaning({ out }: CommandContext, { words, from, cause, blame, fix, checks }: Explanation, isFirst: boolean): void {
  const field = (name: string, value: string): void => out.line(`  ${out.paint('dim', name.padEnd(9))} ${value}`);
  if (!isFirst) out.line();
  out.line(`${out.paint('bold', printable(words))}${out.paint('dim', `  ${from}`)}`);
  field('cause', cause);
  field('to blame', blame);
  field('fix', fix);
  field('proof', `heimdall doctor: ${checks.map((id) => (id.endsWith('-') ? `${id}*` : id)).join(', ')}`);
}

/** A product that the message itself names is the likeliest culprit. */
function sayInspector({ out }: CommandContext, { name, exempt }: FoundInspector): void {
  out.line();
  out.line(`The message names ${out.paint('bold', name)}, which decrypts traffic. If the certificate in question is its own, that is the cause. ${exempt}.`);
}

async function messageFrom({ stdin, err }: CommandContext, input: CommandInput): Promise<string> {
  const words = input.words(0).join(' ');
  if (words.trim() !== '') return words;
  if (stdin.isTTY) err.line('Paste the message, then press Ctrl-D.');
  const pasted = await text(stdin);
  if (pasted.trim() === '') throw new UsageError('There is nothing to explain. Give the message in quotes, or on standard input.');
  return pasted;
}

function sayUnknown({ out }: CommandContext): void {
  out.line('This message is not known.');
  out.line('  Run `heimdall doctor`: it tests every leg between the program and the provider and names what is broken.');
  out.line('  Paste more of the message: the lines with "caused by", "cause" or "code" say most.');
  out.line('  Look in Activity (`heimdall audit list`) whether the call reached Heimdall at all; if not, the program does not go through it: `heimdall apps`.');
  out.line('  If it stays unclear, `heimdall doctor --report report.html` makes a file to send along with the message.');
}
