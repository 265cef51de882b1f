// Which hosts programs reach without the proxy: this computer and local networks, and whatever the user had listed.

/** Names and ranges that must never take a proxy on this computer: a tool that calls its own server would loop. */
const local = ['localhost', '127.0.0.1', '::1', '.local', '10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '169.254.0.0/16'] as const;

/** Comma separated, the user's own entries kept and first. */
export function mergedNoProxy(theirs: string | undefined): string {
  const own = (theirs ?? '').split(/[\s,]+/).filter((entry) => entry !== '');
  return [...new Set([...own, ...local])].join(',');
}
