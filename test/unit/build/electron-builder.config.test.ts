// The package's configuration is valid for all three systems, and what it names exists.
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Configuration } from 'electron-builder';
import { describe, expect, it } from 'vitest';
import { packageConfiguration } from '../../../build/electron-builder.config.ts';

const root = join(import.meta.dirname, '../../..');
const fromBuilder = createRequire(createRequire(import.meta.url).resolve('electron-builder/package.json'));

/** electron-builder's own judgement; it is no part of its public surface. */
const { validateConfiguration } = fromBuilder('app-builder-lib/out/util/config/config') as {
  readonly validateConfiguration: (config: unknown, log: { readonly isEnabled: boolean; readonly add: () => void }) => Promise<void>;
};
const validate = (config: unknown): Promise<void> => validateConfiguration(config, { isEnabled: false, add: () => undefined });

const config = packageConfiguration({ root, app: '/x/app', agent: '/x/agent', output: '/x/out', node: '/x/node', electronVersion: '45.4.1' });

describe('the configuration of the package', () => {
  it('is valid by the schema of electron-builder, for Linux, macOS and Windows', async () => {
    await expect(validate(config)).resolves.toBeUndefined();
    for (const system of [config.linux, config.mac, config.win]) expect(system?.target).not.toHaveLength(0);
  });

  it('would be refused by that schema with a name it does not know', async () => {
    await expect(validate({ ...config, electronFuse: {} })).rejects.toThrow(/electronFuse/);
  });

  it('names only scripts and entitlements that are there', () => {
    const named = paths(config).filter((path) => path.startsWith(join(root, 'build/')) && !path.endsWith('/resources'));
    expect(named.length).toBeGreaterThan(8);
    expect(named.filter((path) => !existsSync(path))).toEqual([]);
  });

  it('ships the agent and a Node of its own on every system, and a command line beside them', () => {
    expect(targetsOf(config.extraResources)).toEqual(['agent', 'node/node', 'LICENSE']);
    for (const system of [config.linux, config.mac, config.win]) expect(targetsOf(system?.extraResources)[0]).toMatch(/^bin\/heimdall/);
  });

  it('downloads the pinned Electron unless told of an unpacked one', () => {
    expect(config.electronDist).toBeUndefined();
    expect(config.electronVersion).toBe('45.4.1');
  });

  it('differs in the one fuse when a test must drive the package', () => {
    const variant = packageConfiguration({ root, app: '', agent: '', output: '', node: '', electronVersion: '1', inspectable: true });
    expect(variant.electronFuses).toEqual({ ...config.electronFuses, enableNodeCliInspectArguments: true });
    expect(config.electronFuses).toEqual({
      runAsNode: false,
      enableCookieEncryption: true,
      enableNodeOptionsEnvironmentVariable: false,
      enableNodeCliInspectArguments: false,
      enableEmbeddedAsarIntegrityValidation: true,
      onlyLoadAppFromAsar: true,
      loadBrowserProcessSpecificV8Snapshot: false,
      grantFileProtocolExtraPrivileges: false,
    });
  });
});

function paths(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(paths) : [];
}

function targetsOf(resources: Configuration['extraResources']): string[] {
  return (Array.isArray(resources) ? resources : []).map((entry) => (typeof entry === 'string' ? entry : (entry.to ?? '')));
}
