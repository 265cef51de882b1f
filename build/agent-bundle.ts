// Makes the agent plain JavaScript for the package: its command line, and each worker as a file of its own beside it.
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { basename, join } from 'node:path';
import { build } from 'vite';
import type { Plugin } from 'vite';

const workerAddress = /new URL\((['"])\.\/([\w-]+-worker)\.ts\1, import\.meta\.url\)/g;
const sourceAddress = /new URL\([^)]*\.ts['"`]/;

/** What packages load that is no JavaScript: where they look for it, and where it stands in the flat folder. */
const parts = [
  { package: 'quickjs-wasi', from: /new URL\((['"])\.\.\/quickjs\.wasm\1/g, to: "new URL('./quickjs.wasm'" },
  { package: 'koffi', from: /"\/\.\.\/\.\.\/build\/koffi"/g, to: '"/koffi"' },
  // It is nothing but a search for the one that fits this system, which stands beside it here.
  {
    package: '@napi-rs/keyring',
    from: /^[^]*\bmodule\.exports\.Entry = [^]*$/g,
    to: `import { createRequire } from 'node:module';\nexport const { Entry } = createRequire(import.meta.url)('./keyring.node');\n`,
  },
] as const;

/** Writes main.js, `<name>-worker.js` and what they share, all in `outDir`, all npm packages inside. */
export async function buildAgent(root: string, outDir: string, version: string): Promise<void> {
  const workers = workersIn(join(root, 'src'));
  const entries = ['main.ts', ...workers].map((file) => [basename(file, '.ts'), join(root, 'src', file)] as const);
  const input: Record<string, string> = Object.fromEntries(entries);
  if (Object.keys(input).length !== entries.length) throw new Error('Two workers of the agent have one name; they would overwrite each other in the package.');
  await build({
    configFile: false,
    envDir: false,
    mode: 'production',
    logLevel: 'warn',
    publicDir: false,
    root: join(root, 'src'),
    plugins: [renameWorkers(), moveParts()],
    ssr: { noExternal: true, target: 'node' },
    build: {
      ssr: true,
      outDir,
      emptyOutDir: true,
      target: 'node26',
      minify: false,
      rolldownOptions: {
        input,
        external: (id) => isBuiltin(id),
        // One flat folder: `import.meta.url` of every file then finds every worker.
        output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: 'shared-[hash].js' },
      },
    },
  });
  const lost = readdirSync(outDir).filter((name) => sourceAddress.test(readFileSync(join(outDir, name), 'utf8')));
  if (lost.length > 0)
    throw new Error(
      `${lost.join(', ')} would look for a TypeScript file that is not shipped; write its address as new URL('./name-worker.ts', import.meta.url).`,
    );
  copyParts(join(root, 'node_modules'), outDir);
  writeFileSync(join(outDir, 'package.json'), `${JSON.stringify({ name: 'heimdall-agent', version, type: 'module', main: 'main.js' }, undefined, 2)}\n`);
}

/** Relative to the folder. */
function workersIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('-worker.ts'));
}

/** In the package the workers are JavaScript, and in the same folder as their starter. */
function renameWorkers(): Plugin {
  return {
    name: 'heimdall-workers',
    enforce: 'pre',
    transform(code) {
      const renamed = code.replace(workerAddress, "new URL('./$2.js', import.meta.url)");
      return renamed === code ? undefined : { code: renamed, map: null };
    },
  };
}

/** The sandbox of PAC files, and the bridges to the login libraries and the key store of the system this is built on. */
function copyParts(packages: string, outDir: string): void {
  cpSync(join(packages, 'quickjs-wasi/quickjs.wasm'), join(outDir, 'quickjs.wasm'));
  const bridge = join(packages, `@koromix/koffi-${process.platform}-${process.arch}`);
  for (const name of readdirSync(bridge)) if (name.includes('_')) cpSync(join(bridge, name), join(outDir, 'koffi', name), { recursive: true });
  const [keyring = ''] = readdirSync(join(packages, '@napi-rs')).filter((name) => name.startsWith(`keyring-${process.platform}-${process.arch}`));
  cpSync(join(packages, '@napi-rs', keyring, `${keyring.replace('keyring-', 'keyring.')}.node`), join(outDir, 'keyring.node'));
}

/** Fails the build when a package looks elsewhere than it did: its part would be missed only when it is needed. */
function moveParts(): Plugin {
  const moved = new Set<string>();
  return {
    name: 'heimdall-parts',
    enforce: 'pre',
    transform(code, id) {
      const part = parts.find((each) => id.includes(`/node_modules/${each.package}/`) && code.search(each.from) >= 0);
      if (part === undefined) return undefined;
      moved.add(part.package);
      return { code: code.replace(part.from, part.to), map: null };
    },
    closeBundle(error) {
      const missed = parts.filter((part) => !moved.has(part.package)).map((part) => part.package);
      if (error === undefined && missed.length > 0)
        throw new Error(`${missed.join(', ')} no longer looks for its part where it did; correct the table of parts.`);
    },
  };
}
