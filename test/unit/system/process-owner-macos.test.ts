import { expect, it } from 'vitest';
import { columnFromPs, createMacosScanner, pidsFromLsof } from '../../../src/system/process-owner-macos.ts';

/** As `lsof -nPw -iTCP:53211 -Fpn` prints it on macOS: both ends of one connection, the listener, a connection elsewhere. */
const lsof = [
  'p811',
  'f22',
  'n127.0.0.1:53211->127.0.0.1:7465',
  'f23',
  'n[::1]:53212->[::1]:7465',
  'p902',
  'f12',
  'n*:7465',
  'f14',
  'n127.0.0.1:7465->127.0.0.1:53211',
  'p333',
  'f9',
  'n192.168.1.5:53213->203.0.113.9:7465',
  '',
].join('\n');

it('reads the process of a connection’s client end, of either IP version', () => {
  const pids = pidsFromLsof(lsof);
  expect(pids.get('53211 7465')).toBe(811);
  expect(pids.get('53212 7465')).toBe(811);
});

it('does not take a connection to another machine for one to us', () => {
  expect(pidsFromLsof(lsof).get('53213 7465')).toBeUndefined();
});

it('reads nothing from anything else', () => {
  expect(pidsFromLsof('lsof: WARNING: cannot stat\nn127.0.0.1:1->127.0.0.1:2\n').size).toBe(0);
  expect(columnFromPs('  PID COMM\nps: no such process\n').size).toBe(0);
});

it('names the program by its whole path, blanks included, and keeps its arguments', async () => {
  const path = '/Applications/Cursor.app/Contents/Frameworks/Cursor Helper.app/Contents/MacOS/Cursor Helper';
  const calls: (readonly string[])[] = [];
  const scanner = createMacosScanner((file, args) => {
    calls.push([file, ...args]);
    if (file === '/usr/sbin/lsof') return Promise.resolve(lsof);
    return Promise.resolve(args.includes('pid=,comm=') ? `  811 ${path}\n` : `  811 ${path} --type=utility --x\n`);
  });
  const found = await scanner.scan([
    { localPort: 7465, remotePort: 53211, family: 4 },
    { localPort: 7465, remotePort: 9, family: 4 },
  ]);
  expect(found).toEqual([{ pid: 811, executable: path, commandLine: [path, '--type=utility', '--x'] }, undefined]);
  expect(calls[0]).toEqual(['/usr/sbin/lsof', '-nPw', '-iTCP:53211', '-iTCP:9', '-Fpn']);
  expect(calls.slice(1).every((call) => call[0] === '/bin/ps' && call.at(-1) === '811')).toBe(true);
});

it('reads the arguments of a program that calls itself by another name', async () => {
  const scanner = createMacosScanner((file, args) => {
    if (file === '/usr/sbin/lsof') return Promise.resolve(lsof);
    return Promise.resolve(
      args.includes('pid=,comm=') ? '811 /opt/homebrew/bin/node\n' : '811 node /opt/homebrew/lib/node_modules/@google/gemini-cli/dist/index.js\n',
    );
  });
  const [facts] = await scanner.scan([{ localPort: 7465, remotePort: 53211, family: 4 }]);
  expect(facts?.commandLine).toEqual(['/opt/homebrew/bin/node', '/opt/homebrew/lib/node_modules/@google/gemini-cli/dist/index.js']);
});

it('does not run ps when lsof found nobody, and knows nobody when ps does not answer', async () => {
  const files: string[] = [];
  const none = createMacosScanner((file) => {
    files.push(file);
    return Promise.resolve('');
  });
  expect(await none.scan([{ localPort: 7465, remotePort: 53211, family: 4 }])).toEqual([undefined]);
  expect(files).toEqual(['/usr/sbin/lsof']);
  const mute = createMacosScanner((file) => Promise.resolve(file === '/usr/sbin/lsof' ? lsof : ''));
  expect(await mute.scan([{ localPort: 7465, remotePort: 53211, family: 4 }])).toEqual([undefined]);
});
