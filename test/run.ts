// The test command: brings what the tests need beyond npm, then runs them all and ends with one line that counts.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { ensureBundle } from '../build/bundle.ts';
import { findElectron } from '../build/electron-runtime.ts';

const root = join(import.meta.dirname, '..');

/** Programs the tests drive, and the Debian package each comes in. */
const programs: readonly { readonly command: string; readonly debian: string; readonly why: string }[] = [
  { command: 'chromium', debian: 'chromium', why: 'a real browser through the proxy' },
  { command: 'curl', debian: 'curl', why: 'HTTP/1.1 and HTTP/2 clients' },
  { command: 'certutil', debian: 'libnss3-tools', why: "the browser's certificate database" },
  { command: 'openssl', debian: 'openssl', why: 'an independent judge of our certificates' },
  { command: 'python3', debian: 'python3', why: 'clients of another TLS stack' },
  { command: 'unzip', debian: 'unzip', why: 'unpacking Electron' },
  { command: 'Xvfb', debian: 'xvfb', why: 'a display for the tray app' },
  { command: 'xauth', debian: 'xauth', why: 'a display for the tray app' },
  { command: 'dbus-daemon', debian: 'dbus-daemon', why: 'a message bus for the tray icon' },
  { command: 'dbus-launch', debian: 'dbus-x11', why: 'a message bus for the tray icon' },
  { command: 'trayer', debian: 'trayer', why: 'a tray to show the icon in' },
  { command: 'xdotool', debian: 'xdotool', why: 'clicks on the tray icon' },
  { command: 'openbox', debian: 'openbox', why: 'a window manager' },
  { command: '7za', debian: 'p7zip-full', why: 'packing' },
  { command: 'dpkg-deb', debian: 'dpkg-dev', why: 'packing' },
  { command: 'fakeroot', debian: 'fakeroot', why: 'packing' },
  { command: 'firefox-esr', debian: 'firefox-esr', why: 'a browser with a trust store of its own' },
  { command: 'git', debian: 'git', why: 'a client, and a judge of its settings' },
  { command: 'javac', debian: 'default-jdk-headless', why: 'a client of another TLS stack' },
  { command: 'keytool', debian: 'default-jdk-headless', why: "Java's certificate store" },
  { command: 'zsh', debian: 'zsh', why: 'a shell to wire' },
  { command: 'fish', debian: 'fish', why: 'a shell to wire' },
  { command: 'gsettings', debian: 'libglib2.0-bin', why: 'the settings of a GNOME desktop' },
  { command: 'update-ca-certificates', debian: 'ca-certificates', why: "the system's certificate store" },
  { command: 'systemd-analyze', debian: 'systemd', why: 'a judge of the service' },
  { command: 'gnome-keyring-daemon', debian: 'gnome-keyring', why: 'a key store of the system' },
  { command: 'dbus-run-session', debian: 'dbus-daemon', why: 'a message bus for the key store' },
  { command: 'nft', debian: 'nftables', why: 'strict capture' },
  { command: 'ip', debian: 'iproute2', why: 'network namespaces' },
  { command: 'pgrep', debian: 'procps', why: 'finding processes' },
  { command: 'unshare', debian: 'util-linux', why: 'throw-away machines' },
  { command: 'krb5kdc', debian: 'krb5-kdc', why: 'a Kerberos realm for logging in to a proxy' },
  { command: 'kadmin.local', debian: 'krb5-admin-server', why: 'a Kerberos realm for logging in to a proxy' },
  { command: 'kinit', debian: 'krb5-user', why: 'a Kerberos ticket' },
];

/** What Electron is linked with and clients import: no command to look for, so the package list is asked. */
const libraries = ['libgtk-3-0', 'libnss3', 'libasound2', 'libgbm1', 'libxss1', 'libnotify4', 'gsettings-desktop-schemas', 'python3-requests', 'python3-httpx'];

const say = (text: string): void => void process.stdout.write(`${text}\n`);

function isInstalled(command: string): boolean {
  return (process.env['PATH'] ?? '').split(':').some((dir) => dir !== '' && existsSync(join(dir, command)));
}

/** Newer Debian and Ubuntu call some of them `…t64`. Where there is no dpkg, nothing is known to be missing. */
function missingLibraries(): string[] {
  if (!isInstalled('dpkg-query')) return [];
  return libraries.filter((name) => [name, `${name}t64`].every((candidate) => !isPackageInstalled(candidate)));
}

function isPackageInstalled(name: string): boolean {
  const asked = spawnSync('dpkg-query', ['-W', '-f', '${db:Status-Status}', name], { encoding: 'utf8' });
  return asked.status === 0 && asked.stdout === 'installed';
}

/** Installs missing programs where it may (root on Debian); otherwise says in one line what to install. */
function provide(): void {
  const missing = [
    ...programs.filter(({ command }) => !isInstalled(command)),
    ...missingLibraries().map((name) => ({ command: name, debian: name, why: 'a library or module' })),
  ];
  if (missing.length === 0) return;
  const names = [...new Set(missing.map(({ debian }) => debian))];
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
say('Preparing Electron …');
const electron = await findElectron({ progress: say });
say(`Electron ${electron.version}${electron.isStandIn ? ', a stand-in: the official download is out of reach' : ''}.`);
const only = process.argv.slice(2);
const checks =
  only.length > 0
    ? []
    : [
        run('types', 'tsc', ['--noEmit', '-p', '.']),
        run('types of the face', 'tsc', ['--noEmit', '-p', 'renderer']),
        run('lint', 'eslint', ['.', '--max-warnings', '0']),
        run('format', 'prettier', ['--check', '.', '--log-level', 'warn']),
        run('unused code', 'knip', []),
      ];

say('\n── the app ──');
const app = await ensureBundle({ progress: say }).catch((error: unknown) => {
  say(error instanceof Error ? error.message : String(error));
  process.exit(1);
});
say(`Ready in ${relative(root, app)}.`);

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
