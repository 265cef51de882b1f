// The peer: mockttp as a plain forwarding proxy, with nothing recorded and no rule but one.
import { generateCACertificate, getLocal } from 'mockttp';
import { answering, figures } from './answering.ts';
import type { SubjectOptions, SubjectReady } from './protocol.ts';

async function start({ originPort, originRoot }: SubjectOptions): Promise<SubjectReady> {
  const https = await generateCACertificate();
  const server = getLocal({ https, recordTraffic: false });
  await server.start();
  await server.forAnyRequest().thenPassThrough({
    additionalTrustedCAs: [{ cert: originRoot }],
    transformRequest: { replaceHost: { targetHost: `127.0.0.1:${originPort}`, updateHostHeader: false } },
  });
  return { port: server.port, root: https.cert };
}

answering((question: SubjectOptions | 'figures') => (question === 'figures' ? Promise.resolve(figures()) : start(question)));
