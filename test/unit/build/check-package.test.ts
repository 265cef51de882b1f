// The look into a package finds what must not be there: each fault is planted in a small one and must be named.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readAsar } from '../../../build/asar-reader.ts';
import { checkPackage } from '../../../build/check-package.ts';

/** In the order of Electron's fuse wire: run as node, cookies, NODE_OPTIONS, inspect, asar integrity, only asar, snapshot, file protocol. */
const shut = '01001100';
const good: Readonly<Record<string, string>> = { 'main.js': 'run();', 'preload.cjs': '', 'face/index.html': '<!doctype html>', 'package.json': '{}' };

let folder = '';
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'heimdall-check-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function put(path: string, content: string | Buffer): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), content);
}

function plant({ files = good, wire = shut }: { readonly files?: Readonly<Record<string, string>>; readonly wire?: string } = {}): void {
  put(
    'heimdall-tray',
    Buffer.concat([Buffer.from('ELF dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX'), Buffer.from([1, wire.length]), Buffer.from(wire), Buffer.alloc(16)]),
  );
  put('resources/app.asar', asar(files));
  for (const path of ['agent/main.js', 'node/node', 'bin/heimdall', 'LICENSE']) put(`resources/${path}`, 'x');
}

/** Electron's archive: two pickles around the header, then the contents. */
function asar(files: Readonly<Record<string, string>>): Buffer {
  type Tree = { files: Record<string, Tree> } | { size: number; offset: string };
  const tree: Record<string, Tree> = {};
  let offset = 0;
  for (const [path, content] of Object.entries(files)) {
    const parts = path.split('/');
    let at = tree;
    for (const part of parts.slice(0, -1)) {
      const next = (at[part] ??= { files: {} });
      if ('files' in next) at = next.files;
    }
    at[parts.at(-1) ?? ''] = { size: Buffer.byteLength(content), offset: String(offset) };
    offset += Buffer.byteLength(content);
  }
  const json = Buffer.from(JSON.stringify({ files: tree }));
  const padded = Buffer.concat([json, Buffer.alloc((4 - (json.length % 4)) % 4)]);
  const head = Buffer.alloc(16);
  [4, padded.length + 8, padded.length + 4, json.length].forEach((value, index) => head.writeUInt32LE(value, index * 4));
  return Buffer.concat([head, padded, ...Object.values(files).map((content) => Buffer.from(content))]);
}

const check = (): Promise<string[]> => checkPackage(folder, { root: '/home/someone/heimdall' });

describe('the look into a package', () => {
  it('finds nothing wrong with one as it should be', async () => {
    plant();
    expect(readAsar(join(folder, 'resources/app.asar')).map(({ path, read }) => [path, read().toString()])).toEqual(Object.entries(good));
    expect(await check()).toEqual([]);
  });

  it.each([
    ['src/agent.ts', 'export {};', 'a TypeScript source'],
    ['main.js.map', '{}', 'a source map'],
    ['test/one.js', '', 'a test'],
    ['node_modules/zod/index.js', '', 'an unbundled package'],
    ['.env.local', 'A=b', 'a file that holds secrets'],
    ['audit.db', '', "someone's records"],
    ['held.json', `"-----BEGIN PRIVATE KEY-----\n${'A'.repeat(64)}"`, 'a private key'],
    ['held.js', `key = 'ghp_${'a'.repeat(36)}'`, 'an access key'],
    ['trace.js', '// /home/someone/heimdall/src/x', 'names the folder it was built in'],
  ])('names %s', async (path, content, what) => {
    plant({ files: { ...good, [path]: content } });
    const faults = await check();
    expect(faults.join('\n')).toContain(`app.asar/${path} `);
    expect(faults.join('\n')).toContain(what);
  });

  it('looks into the agent beside the archive as well', async () => {
    plant();
    put('resources/agent/proxy.ts', '');
    expect(await check()).toEqual(['agent/proxy.ts is a TypeScript source']);
  });

  it('names each fuse that is not as it must be', async () => {
    for (const [index, state] of Array.from(shut).entries()) {
      plant({ wire: `${shut.slice(0, index)}${state === '1' ? '0' : '1'}${shut.slice(index + 1)}` });
      expect(await check(), `fuse ${index}`).toHaveLength(1);
    }
  });

  it('says what is missing', async () => {
    plant({ files: { 'main.js': '' } });
    expect(await check()).toEqual(['app.asar/preload.cjs is missing', 'app.asar/face/index.html is missing', 'app.asar/package.json is missing']);
    rmSync(join(folder, 'resources/node/node'));
    expect(await check()).toEqual([expect.stringMatching(/node is missing$/)]);
  });
});
