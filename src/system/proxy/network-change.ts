// Tells when the network of this computer has changed: a VPN that came up, a cable, another Wi-Fi. Settings of new services want to be made then.
import { networkInterfaces } from 'node:os';

const everyMs = 5_000;

/** Wires to containers and virtual machines come and go all day, and change nothing for the programs of this computer. */
const inner = /^(veth|docker|br-|virbr|vnet|cni|flannel|cali|lxc|podman|vmnet|vboxnet)/;

/** Addresses of every interface that leads out, in order: equal while nothing has changed. */
export function networkSignature(interfaces: ReturnType<typeof networkInterfaces> = networkInterfaces()): string {
  return Object.entries(interfaces)
    .filter(([name]) => !inner.test(name))
    .flatMap(([name, addresses]) => (addresses ?? []).map(({ address }) => `${name} ${address}`))
    .sort()
    .join('\n');
}

/** Node hears of no such event, so the addresses are compared every few seconds; that costs microseconds. Returns the end of it. */
export function onNetworkChange(listener: () => void, signature: () => string = networkSignature, intervalMs = everyMs): () => void {
  let known = signature();
  const timer = setInterval(() => {
    const now = signature();
    if (now === known) return;
    known = now;
    listener();
  }, intervalMs);
  timer.unref();
  return () => clearInterval(timer);
}
