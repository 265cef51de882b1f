// The script that bash, zsh and other POSIX shells read: it joins our variables with those of the shell, if the agent lives.
import { proxyUrl } from '../surface.ts';
import type { SetupMachine } from '../surface.ts';
import { keepLines, promptLines } from './posix-prompt.ts';
import { posixQuoted } from './posix-quoted.ts';
import { knownBundles } from './root-sources.ts';
import { javaBegin, javaEnd, knownProxies, ownMark, proxyNames, variableRules } from './variables.ts';
import type { VariableRule } from './variables.ts';

/** Works under `set -eu`, and does no harm when it is read twice. `file`: where it stands, so that open shells can see that it is gone. */
export function posixScript(machine: SetupMachine, file?: string): string {
  const rules = variableRules(machine);
  const pid = machine.agentPid?.();
  const isAlive = pid === undefined ? 'true' : `kill -0 ${pid} 2>/dev/null || [ -d /proc/${pid} ]`;
  return `# Heimdall: variables for programs of this shell. This file is there only while the agent runs; it is written anew at each start.
_heimdall_foreign() {
  case "$1" in
    ''|"\${${ownMark}-}"|${alternatives(knownProxies(machine))}) return 1 ;;
  esac
  return ${machine.hasNamedUpstream === true ? 1 : 0}
}
_heimdall_hosts() {
  _heimdall_list=$1
  shift
  for _heimdall_entry in "$@"; do
    case ",$_heimdall_list," in
      *",$_heimdall_entry,"*) ;;
      *) _heimdall_list="\${_heimdall_list:+$_heimdall_list,}$_heimdall_entry" ;;
    esac
  done
}
_heimdall_bundle() {
  case "$2" in
    '') [ "$4" = always ] || return 0 ;;
    ${alternatives([...knownBundles(machine)])}) ;;
    *) return 0 ;;
  esac
  export "$1=$3"
}
_heimdall_options() {
  _heimdall_list=$2
  case "$_heimdall_list" in
    *${posixQuoted(javaBegin)}*${posixQuoted(javaEnd)}*)
      _heimdall_rest=\${_heimdall_list#*${javaEnd}}
      _heimdall_list=\${_heimdall_list%%${javaBegin}*}
      _heimdall_list="\${_heimdall_list% }$_heimdall_rest"
      ;;
  esac
  export "$1=\${_heimdall_list:+$_heimdall_list }$3"
}
if { ${isAlive}; } && ${proxyNames.map((name) => `! _heimdall_foreign "\${${name}-}"`).join(' && ')}; then
${file === undefined ? '' : `${keepLines(rules)}\n`}${rules.map((rule) => `  ${line(rule)}`).join('\n')}
  export ${ownMark}=${posixQuoted(proxyUrl(machine))}
${file === undefined ? '' : `${promptLines(machine, rules, file, isAlive)}\n`}fi
unset _heimdall_list _heimdall_entry _heimdall_rest
unset -f _heimdall_foreign _heimdall_hosts _heimdall_bundle _heimdall_options
`;
}

const alternatives = (values: readonly string[]): string => values.map(posixQuoted).join('|');

function line({ name, kind, value }: VariableRule): string {
  const present = `"\${${name}-}"`;
  switch (kind) {
    case 'proxy':
    case 'switch':
      return `export ${name}=${posixQuoted(value)}`;
    case 'hosts': {
      const other = name === name.toUpperCase() ? name.toLowerCase() : name.toUpperCase();
      return `_heimdall_hosts "\${${name}:-\${${other}-}}" ${value.split(',').map(posixQuoted).join(' ')}; export ${name}="$_heimdall_list"`;
    }
    case 'options':
      return `_heimdall_options ${name} ${present} ${posixQuoted(value)}`;
    case 'bundle':
    case 'their-bundle':
      return `_heimdall_bundle ${name} ${present} ${posixQuoted(value)} ${kind === 'bundle' ? 'always' : 'theirs'}`;
  }
}
