// Talks to the key store of the system (Keychain, Credential Manager, Secret Service) in a process of its own: its calls block, and may wait for a person or for a service that hangs.
import { json } from 'node:stream/consumers';
import { Entry } from '@napi-rs/keyring';
import type { SystemAnswer, SystemRequest } from './system-store.ts';

const service = 'Heimdall';

const answers: SystemAnswer[] = [];
for (const request of (await json(process.stdin)) as readonly SystemRequest[]) {
  const answer = answerTo(request);
  answers.push(answer);
  if (!answer.ok) break;
}
process.stdout.write(JSON.stringify(answers));

function answerTo(request: SystemRequest): SystemAnswer {
  try {
    // The other store of Linux, in the kernel, forgets everything at the next start.
    const entry = new Entry(service, request.account, { linux: { store: 'secret-service' } });
    switch (request.ask) {
      case 'set':
        entry.setPassword(request.secret);
        return { ok: true };
      case 'get':
        return { ok: true, secret: entry.getPassword() ?? undefined };
      case 'delete':
        entry.deletePassword();
        return { ok: true };
    }
  } catch (error) {
    return { ok: false, why: error instanceof Error ? error.message : String(error) };
  }
}
