// One key of a settings file of git, npm, pip or `.env` is edited, and nothing else.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { dotenvFormat, gitFormat, npmFormat, pipFormat } from '../../../../src/system/tools/ini-dialects.ts';

const proxy = 'http://127.0.0.1:7465';

const gitconfig = `# mine
[user]
	name = "A; B" ; who
[core] editor = vi
	excludesFile = ~/.ignore \\
  more
[http "https://git.corp/"]
	sslCAInfo = /etc/corp.pem # inside
[alias]
	l = log
`;

/** What the real git reads of a text. */
function git(text: string, key: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'heimdall-git-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'config'), text);
  return execFileSync('git', ['config', '--file', join(folder, 'config'), '--get', key], { encoding: 'utf8' }).replace(/\n$/, '');
}

test('git reads what is set, beside what was there', () => {
  const after = gitFormat.set(gitconfig, ['http', 'proxy'], proxy);
  expect(after).toBe(`${gitconfig}[http]\n\tproxy = ${proxy}\n`);
  expect([git(after, 'http.proxy'), git(after, 'user.name'), git(after, 'core.editor')]).toEqual([proxy, 'A; B', 'vi']);
  expect(gitFormat.prune(gitFormat.remove(after, ['http', 'proxy']), ['http'])).toBe(gitconfig);
});

test.each(['user.name', 'core.editor', 'core.excludesfile', 'http.https://git.corp/.sslcainfo', 'alias.l'])('%s is read as git reads it', (name) => {
  const [, section = '', subsection, key = ''] = /^(\w+)\.(?:(.+)\.)?(\w+)$/.exec(name) ?? [];
  expect(gitFormat.get(gitconfig, [subsection === undefined ? section : `${section} "${subsection}"`, key])).toBe(git(gitconfig, name));
});

test('a value of git is replaced without its comment', () => {
  const after = gitFormat.set(gitconfig, ['http "https://git.corp/"', 'sslcainfo'], '/data/a "b";.pem');
  expect(after).toContain('\tsslCAInfo = "/data/a \\"b\\";.pem" # inside\n');
  expect(git(after, 'http.https://git.corp/.sslcainfo')).toBe('/data/a "b";.pem');
});

test('a key that shares its line with a section goes without it', () => {
  const text = '[http] proxy = x ; note\n';
  expect(gitFormat.get(text, ['http', 'proxy'])).toBe('x');
  expect(git(gitFormat.set(text, ['http', 'sslcainfo'], 'y'), 'http.sslcainfo')).toBe('y');
  expect(gitFormat.remove(text, ['http', 'proxy'])).toBe('[http]  ; note\n');
});

test('npm: a token stays as it is, the last line is ended only while ours is there', () => {
  const before = '; mine\n//registry.corp/:_authToken=${NPM_TOKEN}\nca[]="a"';
  const after = npmFormat.set(before, ['https-proxy'], proxy);
  expect(after).toBe(`${before}\nhttps-proxy=${proxy}`);
  expect(npmFormat.remove(after, ['https-proxy'])).toBe(before);
});

test('npm: values are read as npm reads them', () => {
  const text = 'a = x y ; note\nb="q;r"\nc=s\\;t\nd=C:\\Users\\me\n';
  expect(['a', 'b', 'c', 'd'].map((key) => npmFormat.get(text, [key]))).toEqual(['x y', 'q;r', 's;t', 'C:\\Users\\me']);
});

test('pip: a value on several lines is left whole', () => {
  const before = '[global]\nindex-url = https://x/\n    https://y/\n# note\n\n[install]\nno_deps: yes\n';
  const after = pipFormat.set(before, ['global', 'proxy'], proxy);
  expect(after).toBe(`[global]\nindex-url = https://x/\n    https://y/\nproxy = ${proxy}\n# note\n\n[install]\nno_deps: yes\n`);
  expect(pipFormat.get(after, ['install', 'no-deps'])).toBe('yes');
  expect(pipFormat.remove(after, ['global', 'proxy'])).toBe(before);
});

test('.env: exports, quotes and comments are read', () => {
  const text = `export A="x # y" # note\nB=plain # note\nC='C:\\Users'\n`;
  expect(['A', 'B', 'C'].map((key) => dotenvFormat.get(text, [key]))).toEqual(['x # y', 'plain', 'C:\\Users']);
  expect(dotenvFormat.set(text, ['C'], 'D:\\my data')).toContain(`C='D:\\my data'\n`);
});

test.each([
  ['git', gitFormat, 'proxy = x\n'],
  ['git', gitFormat, '[http\nproxy = x\n'],
  ['git', gitFormat, '[http]\n\t= x\n'],
  ['pip', pipFormat, '[global]\nproxy\n'],
  ['.env', dotenvFormat, 'two words\n'],
])('%s: %j is not understood', (_, format, text) => {
  expect(format.fault(text)).toMatch(/line \d+ is not a setting/);
});

const newline = fc.constantFrom('\n', '\r\n');
const documents = (sections: readonly string[], entries: readonly string[]): fc.Arbitrary<string> =>
  fc
    .tuple(
      fc.constantFrom('', '\uFEFF'),
      fc.array(fc.tuple(fc.constantFrom(...sections), fc.array(fc.constantFrom(...entries), { maxLength: 4 }))),
      newline,
      fc.boolean(),
    )
    .map(([mark, parts, end, isEnded]) => {
      const lines = parts.flatMap(([section, inner]) => (section === '' ? inner : [section, ...inner]));
      return mark + lines.join(end) + (isEnded && lines.length > 0 ? end : '');
    });

test.each([
  ['git', gitFormat, ['http', 'proxy'], documents(['[http]', '[a "b"] ; c', '[core]'], ['\tx = "a;b" # c', '', '  # note', 'bare', 'y = a \\\n b'])],
  ['pip', pipFormat, ['global', 'proxy'], documents(['[global]', '[install]'], ['x = a', '', '# note', 'y: b\n  c'])],
  ['npm', npmFormat, ['proxy'], documents([''], ['a=b', '', '; note', '//r/:_authToken=${T}', 'bare', 'ca[]="x"'])],
  ['.env', dotenvFormat, ['HTTPS_PROXY'], documents([''], ['A=b', '', '# note', 'export C="d e"'])],
] as const)('%s: what is set and removed again leaves the same bytes', (_, format, path, texts) => {
  fc.assert(
    fc.property(texts, (text) => {
      expect(format.fault(text)).toBeUndefined();
      const after = format.set(text, path, proxy);
      expect(format.get(after, path)).toBe(proxy);
      const removed = format.remove(after, path);
      expect(path.length === 2 && !format.has(text, path.slice(0, 1)) ? format.prune(removed, path.slice(0, 1)) : removed).toBe(text);
    }),
    { numRuns: 500 },
  );
});
