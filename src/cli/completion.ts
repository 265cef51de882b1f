// Shell completion: one script per shell, which asks the program itself while the user types.
import tab from '@bomb.sh/tab/commander';

type Program = Parameters<typeof tab>[0];

/** Adds `completion SHELL`, which prints the script, and the hidden `complete`, which the script calls. */
export function addCompletion(program: Program): void {
  tab(program, { completionCommandName: 'completion' });
  const added = program.commands.find((command) => command.name() === 'completion');
  added?.summary('print the completion script of a shell').addHelpText(
    'after',
    `
Examples:
  source <(heimdall completion bash)
      bash, for this session; put the line into ~/.bashrc to keep it
  heimdall completion zsh > ~/.heimdall.zsh && echo 'source ~/.heimdall.zsh' >> ~/.zshrc
      zsh, for good
  heimdall completion fish > ~/.config/fish/completions/heimdall.fish
      fish, for good
  heimdall completion powershell | Out-String | Invoke-Expression
      PowerShell, for this session`,
  );
}
