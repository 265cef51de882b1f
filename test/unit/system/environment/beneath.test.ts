import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { environmentBeneath } from '../../../../src/system/environment/beneath.ts';
import { ownMark } from '../../../../src/system/environment/variables.ts';

let home: string;
beforeEach(() => (home = mkdtempSync(join(tmpdir(), 'heimdall-beneath-'))));
afterEach(() => rmSync(home, { recursive: true, force: true }));
const machine = () => ({ home, root: join(home, 'root') });

it('has the proxy that only a start file names, for an agent that no shell started', () => {
  writeFileSync(join(home, '.bashrc'), 'export HTTPS_PROXY="http://proxy.corp.example:3128"\nexport EDITOR=vi\n');
  expect(environmentBeneath({ PATH: '/bin' }, machine())).toEqual({ PATH: '/bin', HTTPS_PROXY: 'http://proxy.corp.example:3128' });
});

it('is what the process has where it differs, but never ourselves', () => {
  writeFileSync(join(home, '.profile'), "export HTTPS_PROXY='http://old.example:1'\n");
  expect(environmentBeneath({ HTTPS_PROXY: 'http://new.example:2' }, machine())).toEqual({ HTTPS_PROXY: 'http://new.example:2' });
  const ours = 'http://127.0.0.1:7465';
  expect(environmentBeneath({ HTTPS_PROXY: ours, [ownMark]: ours }, machine())).toEqual({ HTTPS_PROXY: 'http://old.example:1', [ownMark]: ours });
});
