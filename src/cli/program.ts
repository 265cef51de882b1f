// Builds the command line from the descriptions of its commands, and turns what happens into an exit code.
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { codeOf, messageOf } from '../contract/errors.ts';
import { CommandInput, UsageError } from './command.ts';
import type { CommandContext, CommandSpec, OptionSpec } from './command.ts';
import { commands, groups } from './commands.ts';
import { addCompletion } from './completion.ts';
import { exitCodes, exitOf } from './exit-codes.ts';
import type { ExitName } from './exit-codes.ts';

/** Runs one command line (without the program's name). Never throws; the number is the exit code. */
export async function runCli(argv: readonly string[], context: CommandContext): Promise<number> {
  let exit: ExitName = 'ok';
  const program = buildProgram(context, (name) => (exit = name));
  try {
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    return reportFailure(error, argv, context);
  }
  return exitCodes[exit].code;
}

function buildProgram(context: CommandContext, onExit: (exit: ExitName) => void): Command {
  const program = new Command('heimdall')
    .description('Heimdall watches the bridge between this machine and AI: it intercepts AI calls, applies policy on the device, forwards, and records.')
    .version(context.version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .helpCommand(false)
    // An option behind the name of a command is that command's, though another above it may have one of that name.
    .enablePositionalOptions()
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({ writeOut: (text) => context.out.line(text.trimEnd()), writeErr: (text) => context.err.line(text.trimEnd()) })
    .addHelpText('after', programHelp());
  for (const [name, description] of Object.entries(groups)) addGroup(program, name, description);
  for (const spec of commands) addCommand(program, spec, context, onExit);
  addCompletion(program);
  return program;
}

function addGroup(program: Command, name: string, description: string): void {
  const examples = commands.filter((spec) => spec.name.startsWith(`${name} `)).flatMap((spec) => spec.examples.slice(0, 1));
  program.command(name).description(description).helpCommand(false).addHelpText('after', exampleText(examples));
}

function addCommand(program: Command, spec: CommandSpec, context: CommandContext, onExit: (exit: ExitName) => void): void {
  const [first = '', second] = spec.name.split(' ');
  const parent = second === undefined ? program : (program.commands.find((command) => command.name() === first) ?? program);
  const command = parent
    .command(second ?? first, { hidden: spec.isHidden === true })
    .description(spec.summary)
    .enablePositionalOptions()
    .helpCommand(false);
  for (const argument of spec.arguments ?? [])
    command.argument(argument.isList === true ? `[${argument.name}...]` : `<${argument.name}>`, argument.description);
  for (const option of [...(spec.options ?? []), jsonOption]) command.addOption(optionOf(option));
  command.addHelpText('after', exampleText(spec.examples)).action(async (...args: unknown[]) => {
    // The library passes arguments, then the options, then the command.
    const options = command.opts<Record<string, unknown>>();
    onExit(await spec.run(context, new CommandInput(args.slice(0, -2), options)));
  });
}

const jsonOption: OptionSpec = { flags: '--json', description: 'print JSON for programs' };

function optionOf({ flags, description, choices, parse }: OptionSpec): Option {
  const option = new Option(flags, description);
  if (choices !== undefined) option.choices(choices);
  if (parse !== undefined) {
    option.argParser((text) => {
      try {
        return parse(text);
      } catch (error) {
        throw error instanceof UsageError ? new InvalidArgumentError(error.message) : error;
      }
    });
  }
  return option;
}

function exampleText(examples: CommandSpec['examples']): string {
  return `\nExamples:\n${examples.map(([line, what]) => `  ${line}\n      ${what}`).join('\n')}`;
}

function programHelp(): string {
  const exits = Object.values(exitCodes).map(({ code, meaning }) => `  ${String(code).padStart(3)}  ${meaning}`);
  const examples: CommandSpec['examples'] = [
    ['heimdall run', 'start the agent; it prints the lines to try'],
    ['heimdall audit list --since 2h', 'what went out in the last two hours'],
  ];
  return `${exampleText(examples)}\n\nExit codes:\n${exits.join('\n')}`;
}

function reportFailure(error: unknown, argv: readonly string[], { err }: CommandContext): number {
  // The library has printed its own message already; help and version end this way, too.
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok.code : exitCodes.usage.code;
  const usage = error instanceof UsageError;
  const exit = usage ? exitCodes.usage : exitCodes[exitOf(error)];
  const code = usage ? 'usage' : codeOf(error);
  if (argv.includes('--json')) err.jsonLine({ error: { code, message: messageOf(error) }, exitCode: exit.code });
  else err.line(`${err.paint('red', 'error')}: ${messageOf(error)}${code === 'internal' ? '' : ` (${code})`}`);
  return exit.code;
}
