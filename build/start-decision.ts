// Decides how `npm start` runs Heimdall, and reads from an early end why the tray app did not come up.

export interface StartDecision {
  readonly mode: 'tray' | 'headless';
  /** One line for the user; empty for the tray. */
  readonly reason: string;
  /** What is passed on: everything but our own switch. */
  readonly args: readonly string[];
}

export function decideStart(argv: readonly string[], platform: NodeJS.Platform, env: NodeJS.ProcessEnv): StartDecision {
  const args = argv.filter((argument) => argument !== '--headless');
  if (args.length !== argv.length) return { mode: 'headless', reason: 'Running the agent without tray and window (--headless).', args };
  if (isSet(env['HEIMDALL_HEADLESS'])) return { mode: 'headless', reason: 'Running the agent without tray and window (HEIMDALL_HEADLESS).', args };
  const hasDisplay = platform === 'darwin' || platform === 'win32' || isSet(env['DISPLAY']) || isSet(env['WAYLAND_DISPLAY']);
  if (hasDisplay) return { mode: 'tray', reason: '', args };
  return {
    mode: 'headless',
    reason: 'No display here (DISPLAY and WAYLAND_DISPLAY are unset): running the agent in this terminal, without tray and window.',
    args,
  };
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '' && value !== '0' && value !== 'false';
}

/** A sentence on why a program ended before it was up, and what to do about it where that is known. */
export function explainExit(code: number | null, signal: string | null, complaint: string): string {
  const library = /error while loading shared libraries: ([^:\s]+)/.exec(complaint)?.[1];
  if (library !== undefined) {
    return `the system library ${library} is missing. On Debian and Ubuntu: sudo apt-get install -y libgtk-3-0 libnss3 libasound2 libgbm1 libxss1 libnotify4.`;
  }
  if (/SUID sandbox helper|No usable sandbox/.test(complaint)) {
    return 'this system does not let ordinary programs make a sandbox (user namespaces are off). Allow them, or install Heimdall as a package.';
  }
  if (/Missing X server or \$DISPLAY|cannot open display|ozone_platform/i.test(complaint)) return 'the display does not answer.';
  if (signal === 'SIGSEGV') return 'it crashed at once, as it does where the display named by DISPLAY does not answer.';
  const last = complaint.trim().split('\n').at(-1)?.trim() ?? '';
  const how = signal === null ? `it ended with code ${code ?? 'none'}` : `it was ended by ${signal}`;
  return last === '' ? `${how}.` : `${how} (${last}).`;
}
