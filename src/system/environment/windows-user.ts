// The environment of a Windows user: values in the registry, with the kind they had, and a word to the desktop that they have changed.
import { mustSucceed } from '../run-program.ts';
import type { SetupMachine, SetupSurface } from '../surface.ts';
import { powershellQuoted } from './powershell-script.ts';
import { valueSurface } from './value-surface.ts';
import type { Values } from './value-surface.ts';

/** Beside a name, where its value holds others: `%USERPROFILE%\ca.pem`. Its kind is put back with it. */
const expands = (name: string): string => `${name} (expand)`;

/** PowerShell, since `reg.exe` writes and reads in the code page of the console, which has no room for every user's name. */
export function windowsEnvironment(machine: SetupMachine): SetupSurface {
  const script = async (what: string, text: string): Promise<string> => {
    const encoded = Buffer.from(`$ErrorActionPreference = 'Stop'\n${text}`, 'utf16le').toString('base64');
    return mustSucceed(what, await machine.run('powershell.exe', ['-NoProfile', '-NonInteractive', '-EncodedCommand', encoded]));
  };
  return valueSurface(machine, {
    id: 'environment.user',
    what: String.raw`Environment of this user (HKEY_CURRENT_USER\Environment)`,
    to: 'variables that name the proxy and the certificate bundles, for programs that are started from now on',
    read: async (names) => parsedRegistry(await script('Reading the environment of this user', readingScript(names)), names),
    write: async (changes) => {
      await script('Setting the environment of this user', writingScript(changes));
    },
    obstacle: () => Promise.resolve(undefined),
  });
}

function readingScript(names: readonly string[]): string {
  return `[Console]::OutputEncoding = New-Object System.Text.UTF8Encoding $false
$key = [Microsoft.Win32.Registry]::CurrentUser.CreateSubKey('Environment')
$values = @{}
foreach ($name in @(${names.map(powershellQuoted).join(', ')})) {
  $value = $key.GetValue($name, $null, 'DoNotExpandEnvironmentNames')
  if ($null -ne $value) { $values[$name] = @{ kind = $key.GetValueKind($name).ToString(); value = [string]$value } }
}
ConvertTo-Json -Compress -InputObject $values`;
}

export function parsedRegistry(json: string, names: readonly string[]): Values {
  const found = JSON.parse(json) as Readonly<Record<string, { readonly kind: string; readonly value: string }>>;
  return Object.fromEntries(
    names.flatMap((name): readonly (readonly [string, string | null])[] => {
      const { kind, value } = found[name] ?? {};
      return [[name, value ?? null], ...(kind === 'ExpandString' ? [[expands(name), 'yes'] as const] : [])];
    }),
  );
}

function writingScript(changes: Values): string {
  const names = Object.keys(changes).filter((name) => !name.endsWith(expands('')));
  const lines = names.map((name) => {
    const value = changes[name];
    if (value === null || value === undefined) return `$key.DeleteValue(${powershellQuoted(name)}, $false)`;
    // A value that stands keeps its kind.
    const kind =
      changes[expands(name)] === 'yes'
        ? `'ExpandString'`
        : `$(if ($key.GetValueNames() -contains ${powershellQuoted(name)}) { $key.GetValueKind(${powershellQuoted(name)}) } else { 'String' })`;
    return `$key.SetValue(${powershellQuoted(name)}, ${powershellQuoted(value)}, ${kind})`;
  });
  return `$key = [Microsoft.Win32.Registry]::CurrentUser.CreateSubKey('Environment')
${lines.join('\n')}
$key.Close()
${broadcast}`;
}

/** WM_SETTINGCHANGE with the word `Environment`: Explorer reads the registry again, so that what it starts next has the values. */
const broadcast = `$user32 = Add-Type -Name HeimdallUser32 -Namespace Heimdall -PassThru -MemberDefinition @'
[DllImport("user32.dll", SetLastError = true, CharSet = CharSet.Unicode)]
public static extern IntPtr SendMessageTimeout(IntPtr window, uint message, UIntPtr wide, string text, uint flags, uint milliseconds, out UIntPtr result);
'@
$result = [UIntPtr]::Zero
[void]$user32::SendMessageTimeout([IntPtr]0xffff, 0x1a, [UIntPtr]::Zero, 'Environment', 2, 5000, [ref]$result)`;
