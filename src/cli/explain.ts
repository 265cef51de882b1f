// `heimdall explain`: says what an error message of some AI program means, who is to blame, and which check proves it.
import { text } from 'node:stream/consumers';
import { explain as meaningsOf } from '../doctor/signatures.ts';
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
    if (input.json) context.out.json({ known: meanings.length > 0, meanings });
    else if (meanings.length === 0) sayUnknown(context);
    else
      for (const [index, meaning] of meanings.entries()) {
        const { out } = context;
        if (index > 0) out.line();
        out.line(`${out.paint('bold', printable(meaning.words))}${out.paint('dim', `  ${meaning.from}`)}`);
        out.line(`  ${out.paint('dim', 'cause    ')} ${meaning.cause}`);
        out.line(`  ${out.paint('dim', 'to blame ')} ${meaning.blame}`);
        out.line(`  ${out.paint('dim', 'fix      ')} ${meaning.fix}`);
        out.line(`  ${out.paint('dim', 'proof    ')} heimdall doctor: ${meaning.checks.map((id) => (id.endsWith('-') ? `${id}*` : id)).join(', ')}`);
      }
    return meanings.length > 0 ? 'ok' : 'failure';
  },
};

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
