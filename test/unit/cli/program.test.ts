import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { commands } from '../../../src/cli/commands.ts';
import { exitCodes, exitOf } from '../../../src/cli/exit-codes.ts';
import { AgentError } from '../../../src/contract/errors.ts';
import { cli, temporaryFolder } from './fixture.ts';

const run = (...argv: string[]) => cli({ home: temporaryFolder() }, ...argv);

describe('help', () => {
  test.each(commands.map(({ name }) => name))('of `heimdall %s` shows an example of it, and --json', async (name) => {
    const { exit, out } = await run(...name.split(' '), '--help');
    expect(exit).toBe(0);
    expect(out.split('Examples:')[1]).toContain(`heimdall ${name}`);
    expect(out).toContain('--json');
  });

  test('of the program tells every exit code', async () => {
    const { out } = await run('--help');
    for (const { code, meaning } of Object.values(exitCodes)) expect(out).toContain(`${String(code).padStart(3)}  ${meaning}`);
  });

  test('of completion shows an example for each shell', async () => {
    const { out } = await run('completion', '--help');
    for (const shell of ['bash', 'zsh', 'fish', 'powershell']) expect(out).toContain(`heimdall completion ${shell}`);
  });

  test('--version prints the version', async () => {
    expect(await run('--version')).toEqual({ exit: 0, out: '9.9.9\n', err: '' });
  });
});

describe('a command line that is not understood ends with 2', () => {
  test.each([
    [['audit', 'lst'], /Did you mean list/],
    [['status', '--jsn'], /Did you mean --json/],
    [['audit', 'list', '--limit', '0'], /from 1 to 1000/],
    [['audit', 'list', '--decision', 'maybe'], /allow, block, redact/],
    [['policy', 'check'], /missing required argument/],
    [[], /Usage:/],
  ])('%j', async (argv, words) => {
    const { exit, out, err } = await run(...argv);
    expect(exit).toBe(2);
    expect(out).toBe('');
    expect(err).toMatch(words);
  });
});

test('with --json an error is one JSON object on standard error', async () => {
  const { exit, out, err } = await run('audit', 'list', '--json');
  expect([exit, out]).toEqual([1, '']);
  expect(JSON.parse(err)).toMatchObject({ error: { code: 'audit-unusable' }, exitCode: 1 });
});

test.each([
  ['settings-invalid', 78],
  ['port-busy', 5],
  ['already-running', 5],
  ['control-unreachable', 3],
  ['audit-unusable', 1],
] as const)('an error %s ends with %d', (code, exit) => {
  expect(exitCodes[exitOf(new AgentError(code))].code).toBe(exit);
});

test('no two exits share a code', () => {
  const codes = Object.values(exitCodes).map(({ code }) => code);
  expect(new Set(codes).size).toBe(codes.length);
});

test('the version of the agent is that of the package', async () => {
  const { version } = await import('../../../src/contract/version.ts');
  const manifest = JSON.parse(readFileSync(join(import.meta.dirname, '../../../package.json'), 'utf8')) as { version: string };
  expect(version).toBe(manifest.version);
});
