import { expect, it } from 'vitest';
import { createWindowsScanner, pidsFromNetstat, programsFromJson } from '../../../src/system/process-owner-windows.ts';

/** As `netstat -ano` prints it on a German Windows: listener, both ends, a connection elsewhere, a socket without a process. */
const netstat = [
  '',
  'Aktive Verbindungen',
  '',
  '  Proto  Lokale Adresse         Remoteadresse          Status           PID',
  '  TCP    127.0.0.1:7465         0.0.0.0:0              ABHÖREN         4100',
  '  TCP    127.0.0.1:7465         127.0.0.1:53211        HERGESTELLT     4100',
  '  TCP    127.0.0.1:53211        127.0.0.1:7465         HERGESTELLT     5120',
  '  TCP    127.0.0.1:53214        127.0.0.1:7465         WARTEND         0',
  '  TCP    192.168.1.5:53213      203.0.113.9:7465       HERGESTELLT     777',
  '  TCP    [::1]:53212            [::1]:7465             HERGESTELLT     5121',
  '',
].join('\r\n');

const programs = JSON.stringify([
  {
    ProcessId: 5120,
    Name: 'node.exe',
    ExecutablePath: 'C:\\Program Files\\nodejs\\node.exe',
    CommandLine: '"C:\\Program Files\\nodejs\\node.exe" C:\\npm\\codex.js --x "a b"',
  },
  { ProcessId: 5121, Name: 'guarded.exe', ExecutablePath: null, CommandLine: null },
]);

it('reads the process of a connection’s client end in any language of the system', () => {
  const pids = pidsFromNetstat(netstat);
  expect(pids.get('53211 7465')).toBe(5120);
  expect(pids.get('53212 7465')).toBe(5121);
});

it('does not take process 0 or a connection to another machine for an owner', () => {
  const pids = pidsFromNetstat(netstat);
  expect(pids.get('53214 7465')).toBeUndefined();
  expect(pids.get('53213 7465')).toBeUndefined();
});

it('reads one program or several, and a protected one by its bare name', () => {
  expect(programsFromJson(`\uFEFF${programs}\r\n`)).toEqual(
    new Map([
      [
        5120,
        {
          pid: 5120,
          executable: 'C:\\Program Files\\nodejs\\node.exe',
          commandLine: ['C:\\Program Files\\nodejs\\node.exe', 'C:\\npm\\codex.js', '--x', 'a b'],
        },
      ],
      [5121, { pid: 5121, executable: 'guarded.exe', commandLine: [] }],
    ]),
  );
  expect(programsFromJson('{"ProcessId":9,"Name":"curl.exe","ExecutablePath":"C:\\\\curl.exe","CommandLine":"curl"}').get(9)?.executable).toBe('C:\\curl.exe');
});

it('reads nothing from anything else', () => {
  for (const output of ['', 'Access denied', 'null', '[]', '[{"ProcessId":"9"}]', '{"ProcessId":9}', '42']) expect(programsFromJson(output).size).toBe(0);
  expect(pidsFromNetstat('TCP nonsense\n').size).toBe(0);
});

it('joins both programs’ answers, and believes a program it has looked up for a while', async () => {
  const files: string[] = [];
  const scanner = createWindowsScanner((file, args) => {
    files.push(file.replace(/^.*\\/, ''));
    if (file.endsWith('netstat.exe')) return Promise.resolve(args.includes('TCPv6') ? '' : netstat);
    return Promise.resolve(programs);
  });
  const connection = { localPort: 7465, remotePort: 53211, family: 4 } as const;
  const [facts, nobody] = await scanner.scan([connection, { ...connection, remotePort: 1 }]);
  expect(facts?.pid).toBe(5120);
  expect(nobody).toBeUndefined();
  await scanner.scan([connection]);
  expect(files).toEqual(['netstat.exe', 'netstat.exe', 'powershell.exe', 'netstat.exe', 'netstat.exe']);
});

it('asks PowerShell for numbers alone, whatever netstat printed', async () => {
  const commands: string[] = [];
  const scanner = createWindowsScanner((file, args) => {
    if (file.endsWith('netstat.exe')) return Promise.resolve(netstat);
    commands.push(args.at(-1) ?? '');
    return Promise.resolve('');
  });
  expect(await scanner.scan([{ localPort: 7465, remotePort: 53211, family: 4 }])).toEqual([undefined]);
  expect(commands[0]).toContain("-Filter 'ProcessId=5120'");
});
