// The test command: brings what the tests need beyond npm, then runs them all and ends with one line that counts.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');

/** Programs the tests drive, and the Debian package each comes in. */
const programs: readonly { readonly command: string; readonly debian: string; readonly why: string }[] = [
  { command: 'chromium', debian: 'chromium', why: 'a real browser through the proxy' },
  { command: 'curl', debian: 'curl', why: 'HTTP/1.1 and HTTP/2 clients' },
  { command: 'certutil', debian: 'libnss3-tools', why: "the browser's certificate database" },
  { command: 'openssl', debian: 'openssl', why: 'an independent judge of our certificates' },
  { command: 'python3', debian: 'python3', why: 'clients of another TLS stack' },
];

const say = (text: string): void => void process.stdout.write(`${text}\n`);

function isInstalled(command: string): boolean {
  return (process.env['PATH'] ?? '').split(':').some((dir) => dir !== '' && existsSync(join(dir, command)));
}

/** Installs missing programs where it may (root on Debian); otherwise says in one line what to install. */
function provide(): void {
  const missing = programs.filter(({ command }) => !isInstalled(command));
  if (missing.length === 0) return;
  const names = missing.map(({ debian }) => debian);
  const mayInstall = process.platform === 'linux' && process.getuid?.() === 0 && isInstalled('apt-get');
  if (!mayInstall) {
    say(`Missing: ${missing.map(({ command, why }) => `${command} (${why})`).join(', ')}. Install with: sudo apt-get install -y ${names.join(' ')}`);
    process.exit(1);
  }
  say(`Installing ${names.join(', ')} …`);
  const quiet = { stdio: ['ignore', 'ignore', 'inherit'] as ('ignore' | 'inherit')[], env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
  execFileSync('apt-get', ['update', '-qq'], quiet);
  execFileSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...names], quiet);
}

/** One step of the command; its output is the runner's own. */
function run(title: string, command: string, args: readonly string[]): boolean {
  say(`\n── ${title} ──`);
  return spawnSync(join(root, 'node_modules/.bin', command), args, { cwd: root, stdio: 'inherit' }).status === 0;
}

provide();
const only = process.argv.slice(2);
const checks =
  only.length > 0
    ? []
    : [
        run('types', 'tsc', ['--noEmit', '-p', '.']),
        run('lint', 'eslint', ['.', '--max-warnings', '0']),
        run('format', 'prettier', ['--check', '.', '--log-level', 'warn']),
        run('unused code', 'knip', []),
      ];

say('\n── tests ──');
const report = join(root, 'artefacts', 'tests.json');
rmSync(report, { force: true });
const tests = spawnSync(join(root, 'node_modules/.bin', 'vitest'), ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...only], {
  cwd: root,
  stdio: 'inherit',
});
const counted = existsSync(report)
  ? (JSON.parse(readFileSync(report, 'utf8')) as { numPassedTests: number; numFailedTests: number })
  : { numPassedTests: 0, numFailedTests: 1 };
const failedChecks = checks.filter((passed) => !passed).length;
const failed = counted.numFailedTests + failedChecks + (tests.status !== 0 && counted.numFailedTests === 0 ? 1 : 0);
say(`\n${counted.numPassedTests + checks.length - failedChecks} passed, ${failed} failed`);
process.exit(failed === 0 && counted.numPassedTests > 0 ? 0 : 1);
