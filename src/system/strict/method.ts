// Which of the two ways of strict capture is used, and the words for when one cannot be.
import type { SetupMachine } from '../surface.ts';

export type StrictMethod = 'nftables' | 'hosts';

/** nftables sees every program and refuses QUIC, so it is preferred; other systems have no counterpart here (the packet filter of macOS is not used). */
export const defaultMethod = (platform: NodeJS.Platform): StrictMethod => (platform === 'linux' ? 'nftables' : 'hosts');

export const strictMethod = ({ platform, strict }: Pick<SetupMachine, 'platform' | 'strict'>): StrictMethod => strict?.method ?? defaultMethod(platform);

export function wrongMethod(method: StrictMethod): string {
  const other = method === 'nftables' ? 'hosts' : 'nftables';
  return `Not used: strict capture works by ${other === 'hosts' ? 'the hosts file' : 'nftables'} here. To use this way, set strict.method to "${method}" in the settings and start the agent again.`;
}

/** What redirects to the agent must be put and taken back by the agent itself. */
export function notTheAgent({ strict, port }: Pick<SetupMachine, 'strict' | 'port'>): string | undefined {
  const trouble = strict?.trouble();
  if (trouble !== undefined) return trouble;
  if (strict !== undefined || port() === 0) return undefined;
  return 'The agent that runs belongs to a user who could not take the redirect back when it stops. Run the agent as root, as with `sudo heimdall run`.';
}
