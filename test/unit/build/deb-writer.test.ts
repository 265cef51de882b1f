// The command line that electron-builder gives to fpm becomes a deb that Debian's own tools read.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readFpmOrder, writeDeb } from '../../../build/deb-writer.ts';

let scratch = '';
beforeEach(() => void (scratch = mkdtempSync(join(tmpdir(), 'heimdall-deb-test-'))));
afterEach(() => rmSync(scratch, { recursive: true, force: true }));

function order(kind: string): string[] {
  const at = (name: string): string => join(scratch, name);
  mkdirSync(at('app/resources'), { recursive: true });
  writeFileSync(at('app/program'), '#!/bin/sh\n', { mode: 0o755 });
  writeFileSync(at('app/resources/data'), 'data');
  writeFileSync(at('entry.desktop'), '[Desktop Entry]\n');
  writeFileSync(at('before.sh'), '#!/bin/sh\nexit 0\n');
  return [
    ...['-s', 'dir', '--force', '-t', kind, '-d', 'libgtk-3-0', '-d', 'libnss3', '--deb-recommends', 'libappindicator3-1', '--deb-compression', 'gz'],
    ...['--architecture', 'amd64', '--description', 'Short\n A longer line', '--version', '1.2.3', '--package', at('out.deb')],
    ...['--name', 'heimdall', '--maintainer', 'Someone <a@b.example>', '--url', 'https://c.example', '--before-remove', at('before.sh')],
    ...[`${at('app')}/=/opt/Heimdall`, `${at('entry.desktop')}=/usr/share/applications/heimdall.desktop`],
  ];
}

describe('the writer of debs', () => {
  it('refuses to pretend to be fpm for anything but a deb', () => {
    expect(() => readFpmOrder(order('rpm'))).toThrow(/Only deb packages/);
  });

  it.runIf(existsSync('/usr/bin/dpkg-deb'))('writes a package with the files, the fields and the scripts it was given', () => {
    writeDeb(readFpmOrder(order('deb')));
    const deb = join(scratch, 'out.deb');
    const fields = execFileSync('dpkg-deb', ['-f', deb], { encoding: 'utf8' });
    expect(fields).toContain('Package: heimdall\n');
    expect(fields).toContain('Version: 1.2.3\n');
    expect(fields).toContain('Depends: libgtk-3-0, libnss3\n');
    expect(fields).toContain('Description: Short\n A longer line\n');
    const listing = execFileSync('dpkg-deb', ['-c', deb], { encoding: 'utf8' });
    expect(listing).toMatch(/-rwxr-xr-x root\/root .* \.\/opt\/Heimdall\/program\n/);
    expect(listing).toMatch(/\.\/opt\/Heimdall\/resources\/data\n/);
    expect(listing).toMatch(/\.\/usr\/share\/applications\/heimdall\.desktop\n/);
    expect(execFileSync('dpkg-deb', ['-I', deb, 'prerm'], { encoding: 'utf8' })).toBe('#!/bin/sh\nexit 0\n');
  });
});
