// For shells that stay open: when the agent has stopped, the next prompt takes its variables back; when it is there again, they return.
import { combinedBundle, extraBundle } from '../bundle-files.ts';
import { proxyUrl } from '../surface.ts';
import type { SetupMachine } from '../surface.ts';
import { posixQuoted } from './posix-quoted.ts';
import { javaBegin, javaEnd, ownMark } from './variables.ts';
import type { VariableRule } from './variables.ts';

/** Lines for the script, run before it sets anything: what an outermost interactive shell has, it has again afterwards. */
export function keepLines(rules: readonly VariableRule[]): string {
  const keep = rules.map(({ name }) => `_heimdall_had_${name}="\${${name}-}"`).join('; ');
  return `case $- in
  *i*) if [ -z "\${${ownMark}-}" ]; then _heimdall_kept=1; ${keep}; fi ;;
esac`;
}

/** Lines for the script, run where it has set the variables. bash and zsh only: other shells run nothing before a prompt. */
export function promptLines(machine: SetupMachine, rules: readonly VariableRule[], file: string, isAlive: string): string {
  return `case $- in
  *i*)
    _heimdall_back() {
      eval "_heimdall_had=\\\${_heimdall_had_$1-}"
      if [ -n "$_heimdall_had" ]; then export "$1=$_heimdall_had"; else unset "$1"; fi
      unset _heimdall_had
    }
    _heimdall_prompt() {
      if [ "\${${ownMark}-}" = ${posixQuoted(proxyUrl(machine))} ] && [ -r ${posixQuoted(file)} ] && { ${isAlive}; }; then return 0; fi
      if [ -n "\${${ownMark}-}" ]; then
${rules.map((rule) => `        ${backLine(machine, rule)}`).join('\n')}
        unset ${ownMark}
      fi
      if [ -r ${posixQuoted(file)} ]; then . ${posixQuoted(file)}; fi
    }
    if [ -n "\${ZSH_VERSION-}" ]; then
      eval 'case " \${precmd_functions[*]-} " in *" _heimdall_prompt "*) ;; *) precmd_functions+=(_heimdall_prompt) ;; esac'
    elif [ -n "\${BASH_VERSION-}" ]; then
      case "\${PROMPT_COMMAND-}" in
        *_heimdall_prompt*) ;;
        *) PROMPT_COMMAND="\${PROMPT_COMMAND:+$PROMPT_COMMAND
}if command -v _heimdall_prompt >/dev/null; then _heimdall_prompt; fi" ;;
      esac
    fi
    ;;
esac`;
}

/** Only what is still ours. A shell within a shell does not know what the outer one had, so it keeps its list of hosts, which does no harm. */
function backLine(machine: SetupMachine, { name, kind, value }: VariableRule): string {
  const present = `"\${${name}-}"`;
  const back = `_heimdall_back ${name}`;
  switch (kind) {
    case 'proxy':
      return `if [ ${present} = "\${${ownMark}-}" ]; then ${back}; fi`;
    case 'switch':
      return `if [ ${present} = ${posixQuoted(value)} ]; then ${back}; fi`;
    case 'hosts':
      return `if [ -n "\${_heimdall_kept-}" ]; then ${back}; fi`;
    case 'bundle':
    case 'their-bundle':
      return `case ${present} in ${posixQuoted(combinedBundle(machine))}|${posixQuoted(extraBundle(machine))}) ${back} ;; esac`;
    case 'options':
      return `case ${present} in *${posixQuoted(javaBegin)}*${posixQuoted(javaEnd)}*) ${back} ;; esac`;
  }
}
