// Takes out of a report what names people and places: the log's redaction, then users, host names but public ones, addresses of local networks.
import { hostname, userInfo } from 'node:os';
import { catalogRows } from '../catalog/hosts.ts';
import type { Machine } from '../config/paths.ts';
import { createRedactor } from '../telemetry/redact.ts';

/** Names that say nothing of the organisation: AI hosts, this computer, and domains that are written into Heimdall itself. */
const publicHosts = new Set([...catalogRows.flatMap(({ hosts }) => hosts.map((host) => host.replace(/^\*\./, ''))), 'localhost', 'example.com']);

/** The endings of files and of words with a dot in them, which look like host names and are none. */
const notDomains = new Set([
  ...[
    'pem',
    'json',
    'jsonl',
    'yaml',
    'yml',
    'html',
    'db',
    'sock',
    'lock',
    'head',
    'key',
    'pub',
    'log',
    'js',
    'ts',
    'mjs',
    'pac',
    'toml',
    'conf',
    'crt',
    'sh',
    'fish',
    'ps1',
    'xml',
    'txt',
    'old',
    'cfg',
    'ini',
    'sqlite',
  ],
  ...[
    'url',
    'virtualkey',
    'upstreamproxy',
    'connectto',
    'extraroots',
    'allowprivate',
    'retentiondays',
    'gnome',
    'run',
    'd',
    'env',
    'nss',
    'firefox',
    'java',
    'anchors',
    'exe',
  ],
]);

/** A function that cleans any text. */
export function reportRedactor({ home, env }: Pick<Machine, 'home' | 'env'>): (text: string) => string {
  const redactor = createRedactor(home);
  const people = namesOf(home, env).map((name) => new RegExp(`(?<![\\w-])${name.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')}(?![\\w-])`, 'gi'));
  return (text) => {
    let clean = redactor.text(text);
    // Homes of others, on every system.
    clean = clean.replace(/(\/home\/|\/Users\/|[A-Z]:\\Users\\)[^/\\\s:'"]+/g, '$1[user]');
    clean = clean.replace(/\b[\w.+-]+@(?:[\w-]+\.)+[a-z]{2,}\b/gi, '[mail address]');
    clean = clean.replace(/\b(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z][a-z0-9-]{1,}\b/gi, hostOrNot);
    clean = clean.replace(
      /\b(?:10\.\d{1,3}|172\.(?:1[6-9]|2\d|3[01])|192\.168|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7]))\.\d{1,3}(?:\.\d{1,3})?\b/g,
      '[private address]',
    );
    for (const name of people) clean = clean.replace(name, '[name]');
    return clean;
  };
}

function hostOrNot(found: string): string {
  const name = found.toLowerCase();
  if (publicHosts.has(name) || [...publicHosts].some((host) => name.endsWith(`.${host}`))) return found;
  return notDomains.has(name.slice(name.lastIndexOf('.') + 1)) || /^(?:org\.gnome|com\.apple)\./.test(name) ? found : '[host]';
}

/** What this computer and its user are called. Very short names and those that are words everywhere are left: taking them out would garble the text. */
function namesOf(home: string, env: Machine['env']): readonly string[] {
  const candidates = [
    home.split(/[\\/]/).at(-1),
    env['USER'],
    env['USERNAME'],
    env['LOGNAME'],
    loginName(),
    hostname(),
    hostname().split('.')[0],
    env['COMPUTERNAME'],
    env['USERDOMAIN'],
  ];
  return [...new Set(candidates.filter((name): name is string => name !== undefined && name.length > 2 && !ordinary.has(name.toLowerCase())))];
}

const ordinary = new Set(['root', 'user', 'admin', 'home', 'localhost', 'heimdall', 'agent', 'data', 'proxy', 'gateway', 'workgroup']);

function loginName(): string | undefined {
  try {
    return userInfo().username;
  } catch {
    return undefined; // a user without an entry, as in containers
  }
}
