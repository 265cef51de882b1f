// The variables that lead programs through the agent and let them trust its certificate, joined with what the user has of them.
import { combinedBundle, extraBundle } from '../bundle-files.ts';
import { mergedNoProxy } from '../no-proxy.ts';
import { proxyUrl } from '../surface.ts';
import type { SetupMachine } from '../surface.ts';
import { adding, onlyTheirs, replacing } from './bundle-names.ts';
import { knownBundles } from './root-sources.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Variable {
  readonly name: string;
  readonly value: string;
}

/**
 * How a variable is joined with a value that is there already:
 * - `proxy`: ours takes the place of the organisation's proxy, through which the agent goes on; never half of them.
 * - `hosts`: a list that is added to.
 * - `bundle`: ours holds all that theirs holds; a bundle that ours does not hold is left.
 * - `their-bundle`: the same, and only where the user has set it.
 * - `options`: words that are added at the end.
 * - `switch`: set.
 */
export interface VariableRule {
  readonly name: string;
  readonly kind: 'proxy' | 'hosts' | 'bundle' | 'their-bundle' | 'options' | 'switch';
  readonly value: string;
}

/** The address of the agent that set the variables: what equals it is ours, also in a shell within a shell after the port has moved. */
export const ownMark = 'HEIMDALL_PROXY';

/** Every rule, in the order in which they are written. Windows does not tell upper from lower case in names. */
export function variableRules(machine: SetupMachine): readonly VariableRule[] {
  const isWindows = machine.platform === 'win32';
  const rule = (kind: VariableRule['kind'], value: string, names: readonly string[]): readonly VariableRule[] => names.map((name) => ({ name, kind, value }));
  return [
    // No https:// address and no password in it: several programs cannot read the first, and every program's children can read the second.
    ...rule('proxy', proxyUrl(machine), ['HTTPS_PROXY', 'HTTP_PROXY', ...(isWindows ? [] : ['https_proxy', 'http_proxy'])]),
    ...rule('hosts', mergedNoProxy(undefined), ['NO_PROXY', ...(isWindows ? [] : ['no_proxy'])]),
    // Node asks for no proxy of itself. Its roots need no NODE_USE_SYSTEM_CA: the next line adds ours, and that one slows every start on macOS.
    ...rule('switch', '1', ['NODE_USE_ENV_PROXY']),
    ...rule('bundle', extraBundle(machine), adding),
    ...rule('bundle', combinedBundle(machine), replacing),
    ...rule(
      'their-bundle',
      combinedBundle(machine),
      onlyTheirs.filter((name) => !isWindows || name !== 'NPM_CONFIG_CAFILE'),
    ),
    // Java reads no proxy variable. JAVA_TOOL_OPTIONS would reach every JVM, compilers and editors too, each with a line on its error output;
    // JDK_JAVA_OPTIONS reaches the `java` command alone (9 and later, one NOTE line). Trust needs nothing: the CA is in `cacerts`.
    ...rule('options', javaOptions(machine), ['JDK_JAVA_OPTIONS']),
  ];
}

/** Begins and ends ours, so that it can be found among other options. */
export const javaBegin = '-Dheimdall=begin';
export const javaEnd = '-Dheimdall=end';

function javaOptions({ port }: Pick<SetupMachine, 'port'>): string {
  // Java knows `*` at the ends of names and no ranges.
  const lan = Array.from({ length: 16 }, (_, index) => `172.${16 + index}.*`);
  const direct = ['localhost', '127.*', '[::1]', '*.local', '10.*', '192.168.*', '169.254.*', ...lan];
  const of = (scheme: string): string => `-D${scheme}.proxyHost=127.0.0.1 -D${scheme}.proxyPort=${port()}`;
  return `${javaBegin} ${of('https')} ${of('http')} -Dhttp.nonProxyHosts=${direct.join('|')} ${javaEnd}`;
}

/** The names under which programs look for a proxy. */
export const proxyNames = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy'] as const;

/**
 * Proxies that ours may take the place of: those the agent knows, since it goes on through them. One that it does not know may be the only
 * way out, so it is left, and the whole environment with it.
 */
export function knownProxies(machine: SetupMachine): readonly string[] {
  return [...new Set([proxyUrl(machine), ...proxyNames.flatMap((name) => machine.env[name] || [])])];
}

/** A proxy among these that ours must not take the place of. */
function foreignProxy(machine: SetupMachine, theirs: Environment): string | undefined {
  const known: readonly (string | undefined)[] = [...knownProxies(machine), theirs[ownMark]];
  if (machine.hasNamedUpstream === true) return undefined;
  return proxyNames.flatMap((name) => theirs[name] || []).find((proxy) => !known.includes(proxy));
}

/** What the variables are to be, given what the user has (`theirs`). What is left as it is, is not among them. */
export function heimdallVariables(machine: SetupMachine, theirs: Environment): readonly Variable[] {
  if (foreignProxy(machine, theirs) !== undefined) return [];
  const known = knownBundles(machine);
  const variables = variableRules(machine).flatMap(({ name, kind, value }): readonly Variable[] => {
    const present = theirs[name] || undefined;
    switch (kind) {
      case 'proxy':
      case 'switch':
        return [{ name, value }];
      case 'hosts':
        return [{ name, value: mergedNoProxy(present ?? (theirs[name.toLowerCase()] || theirs[name.toUpperCase()])) }];
      case 'options':
        return [{ name, value: [withoutOwn(present ?? ''), value].filter((part) => part !== '').join(' ') }];
      case 'bundle':
      case 'their-bundle':
        return (present === undefined && kind === 'bundle') || (present !== undefined && known.has(present)) ? [{ name, value }] : [];
    }
  });
  return [...variables, { name: ownMark, value: proxyUrl(machine) }];
}

/** The options without those that an agent of ours added, be it on another port. */
function withoutOwn(options: string): string {
  const [begin, end] = [options.indexOf(javaBegin), options.indexOf(javaEnd)];
  if (begin < 0 || end < begin) return options;
  return [options.slice(0, begin).trim(), options.slice(end + javaEnd.length).trim()].filter((part) => part !== '').join(' ');
}
