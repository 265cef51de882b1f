// How `npm start` chooses, and what it says when the tray app does not come up.
import { describe, expect, it } from 'vitest';
import { decideStart, explainExit } from '../../../build/start-decision.ts';

describe('the choice between tray and terminal', () => {
  it('opens the tray app where Linux has a display of either kind', () => {
    expect(decideStart([], 'linux', { DISPLAY: ':0' }).mode).toBe('tray');
    expect(decideStart([], 'linux', { WAYLAND_DISPLAY: 'wayland-0' }).mode).toBe('tray');
  });

  it('always opens the tray app on macOS and Windows', () => {
    expect(decideStart([], 'darwin', {}).mode).toBe('tray');
    expect(decideStart([], 'win32', {}).mode).toBe('tray');
  });

  it('runs in the terminal without a display and says why, in one line', () => {
    const { mode, reason } = decideStart([], 'linux', { DISPLAY: '' });
    expect(mode).toBe('headless');
    expect(reason).toMatch(/^No display here[^\n]*$/);
  });

  it('runs in the terminal when asked to, and passes every other argument on', () => {
    expect(decideStart(['--port', '0', '--headless'], 'linux', { DISPLAY: ':0' })).toMatchObject({ mode: 'headless', args: ['--port', '0'] });
    expect(decideStart([], 'darwin', { HEIMDALL_HEADLESS: '1' }).mode).toBe('headless');
    expect(decideStart([], 'darwin', { HEIMDALL_HEADLESS: '0' }).mode).toBe('tray');
  });
});

describe('an app that did not come up', () => {
  it('names the missing library and how to get it', () => {
    const complaint = '/x/electron: error while loading shared libraries: libnss3.so: cannot open shared object file: No such file or directory\n';
    expect(explainExit(127, null, complaint)).toMatch(/libnss3\.so is missing.*apt-get install/);
  });

  it('explains a system without sandboxes', () => {
    expect(explainExit(null, 'SIGTRAP', 'FATAL: The SUID sandbox helper binary was found, but is not configured correctly.')).toContain('user namespaces');
  });

  it('otherwise repeats the last thing that was said', () => {
    expect(explainExit(1, null, 'Error: first\nError: second\n')).toBe('it ended with code 1 (Error: second).');
    expect(explainExit(null, 'SIGKILL', '')).toBe('it was ended by SIGKILL.');
  });
});
