// How each part becomes JavaScript: the shell's main process, its preload script and the face, each one Vite build.
import { isBuiltin } from 'node:module';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import react from '@vitejs/plugin-react';
import { build } from 'vite';
import type { InlineConfig, Plugin } from 'vite';
import { readLicences } from './licences.ts';

/** The shell must run on the Electron that ships and on the older stand-in: Node 20 and Chromium 130. */
const targets = { shell: 'node20', face: 'chrome130' } as const;

const base = { configFile: false, envDir: false, mode: 'production', logLevel: 'warn', publicDir: false } as const satisfies InlineConfig;

/** `main.js`: one module with every npm package inside; only Electron and Node's own modules stay imports. */
export async function buildShell(root: string, outDir: string): Promise<void> {
  await build({
    ...base,
    root: join(root, 'electron'),
    ssr: { noExternal: true, target: 'node' },
    build: {
      ssr: join(root, 'electron/main.ts'),
      outDir,
      emptyOutDir: false,
      target: targets.shell,
      minify: false,
      rolldownOptions: { external: staysOutside, output: { format: 'es', entryFileNames: 'main.js', chunkFileNames: 'main-[name].js' } },
    },
  });
}

/** `preload.cjs`: a sandboxed preload script can be nothing but one CommonJS file. */
export async function buildPreload(root: string, outDir: string): Promise<void> {
  await build({
    ...base,
    root: join(root, 'electron'),
    ssr: { noExternal: true, target: 'node' },
    build: {
      ssr: join(root, 'electron/preload.ts'),
      outDir,
      emptyOutDir: false,
      target: targets.shell,
      minify: false,
      rolldownOptions: { external: staysOutside, output: { format: 'cjs', entryFileNames: 'preload.cjs', codeSplitting: false } },
    },
  });
}

function staysOutside(id: string): boolean {
  return id === 'electron' || isBuiltin(id);
}

/** `face/`: every page of renderer/, with relative addresses, no inline script and no data URL, as its content policy demands. */
export async function buildFace(root: string, outDir: string): Promise<void> {
  const folder = join(root, 'renderer');
  const pages = readdirSync(folder).filter((name) => name.endsWith('.html'));
  await build({
    ...base,
    root: folder,
    base: './',
    plugins: [react(), licencesPlugin(root)],
    build: {
      outDir,
      emptyOutDir: true,
      target: targets.face,
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      chunkSizeWarningLimit: 2_000,
      rolldownOptions: { input: pages.map((name) => join(folder, name)) },
    },
  });
}

/** `import { licences } from 'virtual:licences'` in the face, and the same list as face/licences.json. */
function licencesPlugin(root: string): Plugin {
  const id = 'virtual:licences';
  return {
    name: 'heimdall-licences',
    resolveId: (source) => (source === id ? `\0${id}` : undefined),
    load: (source) => (source === `\0${id}` ? `export const licences = ${JSON.stringify(readLicences(root))};` : undefined),
    generateBundle() {
      this.emitFile({ type: 'asset', fileName: 'licences.json', source: JSON.stringify(readLicences(root)) });
    },
  };
}
