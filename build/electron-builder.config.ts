// What the installed product is on Linux, macOS and Windows: targets, icons, entitlements, fuses, and the agent with its own Node beside the app.
import { existsSync, readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Configuration } from 'electron-builder';
import { standInMarker } from './stand-in-electron.ts';
import { builderFuses } from './fuses.ts';

export interface PackageOptions {
  /** Repository; sources of the scripts and icons. */
  readonly root: string;
  /** Folders of the bundlers, and the one the results go to. */
  readonly app: string;
  readonly agent: string;
  readonly output: string;
  /** Node's own binary for the target system. */
  readonly node: string;
  readonly electronVersion: string;
  /** Unpacked Electron to use in place of the official download. */
  readonly electronDist?: string;
  readonly compression?: 'store' | 'normal' | 'maximum';
  /** Leaves the inspector's fuse open, for a test that drives the package. */
  readonly inspectable?: boolean;
}

export function packageConfiguration(options: PackageOptions): Configuration {
  const { root, app, agent, output, node, electronVersion, electronDist, compression = 'normal', inspectable = false } = options;
  const from = (path: string): string => join(root, 'build', path);
  const icon = largestIcon(join(root, 'electron/icons'));
  return {
    appId: 'io.github.heimdall.desktop',
    productName: 'Heimdall',
    copyright: 'Apache-2.0, the Heimdall authors',
    artifactName: 'heimdall-${version}-${os}-${arch}.${ext}',
    directories: { app, output, buildResources: from('resources') },
    electronVersion,
    ...(electronDist === undefined ? {} : { electronDist }),
    compression,
    asar: true,
    // Everything is bundled: no node_modules are looked for, rebuilt or packed.
    beforeBuild: () => Promise.resolve(false),
    publish: null,
    files: ['**/*', '!**/*.map'],
    extraResources: [
      { from: agent, to: 'agent' },
      { from: node, to: `node/${node.endsWith('.exe') ? 'node.exe' : 'node'}` },
      { from: join(root, 'LICENSE'), to: 'LICENSE' },
    ],
    electronFuses: builderFuses(inspectable),
    protocols: [{ name: 'Heimdall sign-in', schemes: ['heimdall'] }],
    // What makes the stand-in runnable in the repository has no place in a package.
    afterExtract: async ({ appOutDir }) => {
      for (const name of [standInMarker, 'resources/app', 'version']) await rm(join(appOutDir, name), { recursive: true, force: true });
    },
    linux: {
      ...icon,
      target: ['dir', 'tar.gz', 'deb', 'rpm', 'AppImage'],
      executableName: 'heimdall-tray',
      syncDesktopName: true,
      category: 'Utility',
      synopsis: 'Governs AI traffic on this machine',
      maintainer: 'The Heimdall authors <heimdall@heimdall.example>',
      extraResources: [{ from: from('linux/heimdall'), to: 'bin/heimdall' }],
    },
    // Half a minute instead of five, for a file a third larger.
    deb: {
      compression: 'gz',
      afterInstall: from('linux/after-install.sh'),
      afterRemove: from('linux/after-remove.sh'),
      fpm: ['--before-remove', from('linux/before-remove.sh')],
    },
    rpm: { afterInstall: from('linux/after-install.sh'), afterRemove: from('linux/after-remove.sh'), fpm: ['--before-remove', from('linux/before-remove.sh')] },
    mac: {
      ...icon,
      target: ['dmg', 'zip'],
      category: 'public.app-category.utilities',
      hardenedRuntime: true,
      gatekeeperAssess: false,
      notarize: false,
      entitlements: from('macos/entitlements.plist'),
      entitlementsInherit: from('macos/entitlements-inherit.plist'),
      binaries: ['Contents/Resources/node/node'],
      extendInfo: { LSUIElement: true },
      extraResources: [
        { from: from('macos/heimdall'), to: 'bin/heimdall' },
        { from: from('macos/uninstall.sh'), to: 'bin/uninstall.sh' },
      ],
    },
    win: {
      ...icon,
      target: ['nsis', 'zip'],
      executableName: 'Heimdall',
      extraResources: [{ from: from('windows/heimdall.cmd'), to: 'bin/heimdall.cmd' }],
    },
    nsis: {
      oneClick: false,
      perMachine: true,
      allowToChangeInstallationDirectory: false,
      deleteAppDataOnUninstall: false,
      include: from('windows/installer.nsh'),
    },
  };
}

/** The largest `app-<pixels>.png`; electron-builder makes the sizes and formats of each system from it. */
function largestIcon(folder: string): { icon?: string } {
  const names = existsSync(folder) ? readdirSync(folder) : [];
  const sized = names.flatMap((name) => {
    const pixels = /^app-(\d+)\.png$/.exec(name)?.[1];
    return pixels === undefined ? [] : [{ name, pixels: Number(pixels) }];
  });
  const largest = sized.sort((a, b) => b.pixels - a.pixels)[0];
  return largest === undefined ? {} : { icon: join(folder, largest.name) };
}
