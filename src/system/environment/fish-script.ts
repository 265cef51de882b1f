// The script that fish reads: it joins our variables with those of the shell, if the agent lives.
import { proxyUrl } from '../surface.ts';
import type { SetupMachine } from '../surface.ts';
import { knownBundles } from './root-sources.ts';
import { javaBegin, javaEnd, knownProxies, ownMark, proxyNames, variableRules } from './variables.ts';
import type { VariableRule } from './variables.ts';

/** One word for fish, whatever is in it. */
export const fishQuoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", String.raw`\'`)}'`;

export function fishScript(machine: SetupMachine): string {
  const pid = machine.agentPid?.();
  const isAlive = pid === undefined ? 'true' : `begin; test -d /proc/${pid}; or command kill -0 ${pid} 2>/dev/null; end`;
  const known = ['', '"$HEIMDALL_PROXY"', ...knownProxies(machine).map(fishQuoted)].join(' ');
  const foreign = proxyNames.map((name) => `if test -n "$${name}"; and not contains -- "$${name}" ${known}; set ours no; end`);
  return `# Heimdall: variables for programs of this shell. This file is there only while the agent runs; it is written anew at each start.
function __heimdall_bundle --no-scope-shadowing
  set -l present $argv[2]
  if test -n "$present"
    contains -- "$present" ${[...knownBundles(machine)].map(fishQuoted).join(' ')}; or return 0
  else if test "$argv[4]" != always
    return 0
  end
  set -gx $argv[1] $argv[3]
end
begin
  set -l ours yes
${machine.hasNamedUpstream === true ? '' : foreign.map((each) => `  ${each}\n`).join('')}  if test "$ours" = yes; and ${isAlive}
${variableRules(machine)
  .map((rule) => `    ${line(rule)}`)
  .join('\n')}
    set -gx ${ownMark} ${fishQuoted(proxyUrl(machine))}
  end
end
functions -e __heimdall_bundle
`;
}

function line({ name, kind, value }: VariableRule): string {
  switch (kind) {
    case 'proxy':
    case 'switch':
      return `set -gx ${name} ${fishQuoted(value)}`;
    case 'hosts': {
      const other = name === name.toUpperCase() ? name.toLowerCase() : name.toUpperCase();
      const entries = value.split(',').map(fishQuoted).join(' ');
      return `begin; set -l list (string split -n , -- "$${name}"); set -q list[1]; or set list (string split -n , -- "$${other}"); for entry in ${entries}; contains -- $entry $list; or set -a list $entry; end; set -gx ${name} (string join , -- $list); end`;
    }
    case 'options':
      return `set -gx ${name} (string trim -- (string replace -r -- ${fishQuoted(`\\s*${javaBegin}.*${javaEnd}`)} '' "$${name}")' '${fishQuoted(value)})`;
    case 'bundle':
    case 'their-bundle':
      return `__heimdall_bundle ${name} "$${name}" ${fishQuoted(value)} ${kind === 'bundle' ? 'always' : 'theirs'}`;
  }
}
