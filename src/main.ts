// The command line's entry: hands the process to the commands and takes back an exit code.
import { homedir } from 'node:os';
import { Output } from './cli/output.ts';
import { runCli } from './cli/program.ts';
import { version } from './contract/version.ts';

process.exitCode = await runCli(process.argv.slice(2), {
  platform: process.platform,
  env: process.env,
  home: homedir(),
  cwd: process.cwd(),
  out: new Output(process.stdout, process.env),
  err: new Output(process.stderr, process.env),
  stdin: process.stdin,
  now: Date.now,
  version,
});
// Everything is closed by now; whatever is not must not keep a finished command alive.
setTimeout(() => process.exit(), 2_000).unref();
