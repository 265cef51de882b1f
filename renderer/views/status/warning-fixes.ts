// Where a warning can be mended: a view of this window, by the warning's code.
import type { PageName } from '../../place.ts';

export type FixPage = Extract<PageName, 'targets' | 'settings' | 'policy' | 'diagnostics' | 'first-run'>;

const pages: Readonly<Record<string, FixPage>> = {
  'gateway-down-closed': 'targets',
  'gateway-down-open': 'targets',
  'gateway-rejected': 'settings',
  'gateway-limit': 'targets',
  'budgets-unsaved': 'diagnostics',
  'key-store': 'targets',
  'telemetry-trouble': 'settings',
  'gateway-insecure': 'settings',
  'key-without-gateway': 'settings',
  'secret-missing': 'settings',
  'port-fallback': 'settings',
  'settings-overridden': 'settings',
  'policy-last-good': 'policy',
  'policy-error': 'policy',
  'policy-unsaved': 'diagnostics',
  'audit-trouble': 'diagnostics',
  'audit-set-aside': 'diagnostics',
  'secret-exposed': 'diagnostics',
  'strict-off': 'diagnostics',
  'proxy-failed': 'diagnostics',
  'proxy-pac-failed': 'diagnostics',
  'proxy-is-self': 'diagnostics',
  'pinned-tunnel': 'policy',
  'ca-renewed': 'first-run',
};

/** Undefined where no view helps: the warning's own words then say what to do. */
export const fixPageOf = (code: string): FixPage | undefined => pages[code];
