// The script that PowerShell reads: it joins our variables with those of the shell, if the agent lives.
import { proxyUrl } from '../surface.ts';
import type { SetupMachine } from '../surface.ts';
import { knownBundles } from './root-sources.ts';
import { javaBegin, javaEnd, knownProxies, ownMark, proxyNames, variableRules } from './variables.ts';
import type { VariableRule } from './variables.ts';

/** One word for PowerShell; it takes typographic quotes for quotes too. */
export const powershellQuoted = (text: string): string => `'${text.replace(/['‘’‚‛]/g, '$&$&')}'`;

export function powershellScript(machine: SetupMachine): string {
  const pid = machine.agentPid?.();
  const isAlive = pid === undefined ? '$true' : `(Get-Process -Id ${pid} -ErrorAction SilentlyContinue)`;
  const known = [...knownProxies(machine).map(powershellQuoted), `$env:${ownMark}`].join(', ');
  const foreign =
    machine.hasNamedUpstream === true
      ? '@()'
      : `@(${proxyNames.map((name) => `$env:${name}`).join(', ')}) | Where-Object { $_ -and @(${known}) -cnotcontains $_ }`;
  return `# Heimdall: variables for programs of this shell. This file is there only while the agent runs; it is written anew at each start.
& {
  $foreign = ${foreign}
  if (${isAlive} -and -not $foreign) {
    $known = @(${[...knownBundles(machine)].map(powershellQuoted).join(', ')})
${variableRules(machine)
  .map((rule) => `    ${line(rule)}`)
  .join('\n')}
    $env:${ownMark} = ${powershellQuoted(proxyUrl(machine))}
  }
}
`;
}

function line({ name, kind, value }: VariableRule): string {
  const quoted = powershellQuoted(value);
  switch (kind) {
    case 'proxy':
    case 'switch':
      return `$env:${name} = ${quoted}`;
    case 'hosts':
      return `$env:${name} = (@(@("$env:${name}" -split '[\\s,]+') + @(${value.split(',').map(powershellQuoted).join(', ')}) | Where-Object { $_ } | Select-Object -Unique) -join ',')`;
    case 'options':
      return `$env:${name} = (("$env:${name}" -replace '\\s*${javaBegin}.*${javaEnd}', '') + ' ' + ${quoted}).Trim()`;
    case 'bundle':
      return `if (-not $env:${name} -or $known -contains $env:${name}) { $env:${name} = ${quoted} }`;
    case 'their-bundle':
      return `if ($env:${name} -and $known -contains $env:${name}) { $env:${name} = ${quoted} }`;
  }
}
