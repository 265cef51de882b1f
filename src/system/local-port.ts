// Whether anything listens on a port of this computer.
import { connect } from 'node:net';

/** Both loopback addresses are asked; one that answers is enough. */
export async function isDeadPort(port: number): Promise<boolean> {
  const answers = await Promise.all(['127.0.0.1', '::1'].map((host) => listensOn(host, port)));
  return !answers.includes(true);
}

function listensOn(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 1_000 });
    const finish = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => finish(true));
    socket.once('timeout', () => finish(false));
    socket.once('error', () => finish(false));
  });
}

/** Ports of this computer that a text of proxy settings names: `http://127.0.0.1:8080`, `localhost:3128`, `[::1]:8080`. */
export function localPortsIn(text: string): readonly number[] {
  return [...text.matchAll(/(?:127\.0\.0\.1|localhost|\[::1\]):(\d{1,5})\b/g)].map(([, port]) => Number(port));
}
