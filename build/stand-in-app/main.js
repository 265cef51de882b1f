// Does what Electron's own default app does: runs the app folder named on the command line. As a module, so Electron is not ready before that app has loaded.
import { app } from 'electron';
import { readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const named = process.argv.slice(1).find((argument) => !argument.startsWith('-'));
if (named === undefined) {
  process.stderr.write('Usage: electron [switches] <app folder>\n');
  process.exit(1);
}

const path = resolve(named);
const isFolder = statSync(path).isDirectory();
const folder = isFolder ? path : dirname(path);
const manifest = isFolder ? JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) : { main: path };

process.defaultApp = true;
if (manifest.productName ?? manifest.name) app.setName(manifest.productName ?? manifest.name);
if (manifest.version) app.setVersion(manifest.version);
app.setAppPath(folder);

try {
  await import(pathToFileURL(resolve(folder, manifest.main ?? 'index.js')).href);
} catch (error) {
  process.stderr.write(`${error?.stack ?? error}\n`);
  process.exit(1);
}
