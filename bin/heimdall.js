#!/usr/bin/env node
// Starts Heimdall on the Node it is made for, whatever Node the host has: plain JavaScript that any Node from 20 on understands.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const neededMajor = 26;
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const main = join(root, 'src', 'main.ts');

/** The Node of the package, as its dependencies have brought it. */
function packagedNode() {
  try {
    const folder = dirname(createRequire(import.meta.url).resolve('node/package.json'));
    const file = join(folder, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
    return existsSync(file) ? file : undefined;
  } catch {
    return undefined;
  }
}

const isNewEnough = Number(process.versions.node.split('.')[0]) >= neededMajor;
const node = isNewEnough ? process.execPath : packagedNode();

if (node === undefined) {
  process.stderr.write(
    `heimdall needs Node ${neededMajor}; this is ${process.versions.node}. Run "npm ci" in ${root}, which brings it, or start with a newer Node.\n`,
  );
  process.exit(1);
}

const child = spawn(node, [main, ...process.argv.slice(2)], { stdio: 'inherit' });
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('error', (error) => {
  process.stderr.write(`heimdall could not start ${node}: ${error.message}\n`);
  process.exit(1);
});
child.on('exit', (code, signal) => {
  if (signal === null) process.exit(code ?? 1);
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
});
