// The places of the set-up as the doctor sees them: proved, stale, changed, not chosen.
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { DiagnosticCheck } from '../../../src/contract/diagnostics.ts';
import type { SetupChange, SurfaceGroup } from '../../../src/contract/setup.ts';
import { makeRound } from '../../../src/doctor/exam.ts';
import type { Patient, SetupCare, TrustProof } from '../../../src/doctor/patient.ts';
import { surfaceExams } from '../../../src/doctor/surface-exams.ts';
import type { SetupSurface } from '../../../src/system/surface.ts';
import { localPortsIn } from '../../../src/system/local-port.ts';

interface Place {
  readonly group: SurfaceGroup;
  readonly state: SetupChange['state'];
  readonly value?: string;
  readonly reason?: string;
  readonly isChosen?: boolean;
  readonly roots?: readonly string[];
  readonly proof?: TrustProof;
  readonly withoutAgent?: true;
  readonly onApply?: () => void;
}

async function checkOf(place: Place, fix = false): Promise<DiagnosticCheck | undefined> {
  const { group, value = '', isChosen = true, roots, proof = { ok: true } } = place;
  let { state } = place;
  const surface: SetupSurface = {
    id: `${group}.test`,
    group,
    life: group === 'trust' ? 'lasting' : 'live',
    what: 'A place',
    to: 'a value',
    wanted: () => value,
    obstacle: () => Promise.resolve(undefined),
    read: () => Promise.resolve(value),
    write: () => Promise.resolve(),
    localPorts: (text) => localPortsIn(JSON.stringify(text)),
    ...(roots === undefined ? {} : { roots: () => Promise.resolve(roots) }),
  };
  const look = (): Promise<readonly SetupChange[]> =>
    Promise.resolve([
      { id: surface.id, group, life: surface.life, what: surface.what, to: surface.to, state, ...(place.reason === undefined ? {} : { reason: place.reason }) },
    ]);
  const setup: SetupCare = {
    surfaces: [surface],
    chosen: new Set(isChosen ? [group] : []),
    look,
    apply: () => {
      state = 'done';
      place.onApply?.();
      return look();
    },
    suspend: () => Promise.resolve([]),
  };
  const agent = place.withoutAgent ? undefined : { status: { proxy: { port: 7465, addresses: [] } }, ca: {} };
  // Only what these exams read: the rest of a patient plays no part.
  const patient = { setup, agent, loaded: undefined, instruments: { proveTrust: () => Promise.resolve(proof) } } as unknown as Patient;
  return (await makeRound(await surfaceExams(patient), { fix }))[0];
}

async function deadPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}

describe('a place of the set-up', () => {
  it('that stands is well', async () => {
    expect(await checkOf({ group: 'proxy', state: 'done', value: 'http://127.0.0.1:7465/proxy.pac' })).toMatchObject({ verdict: 'ok' });
  });

  it('that names the port of an earlier agent is stale, although it is what Heimdall put there; it can be repaired', async () => {
    const check = await checkOf({ group: 'proxy', state: 'done', value: `http://127.0.0.1:${await deadPort()}/proxy.pac` });
    expect(check).toMatchObject({ verdict: 'failed', culprit: 'heimdall', canFix: true });
    expect(check?.seen).toContain('the agent is on 7465');
  });

  it('that others have changed is told, and set anew by --fix', async () => {
    const place = { group: 'environment', state: 'changed-by-others' } as const;
    expect(await checkOf(place)).toMatchObject({ verdict: 'warning', culprit: 'program', canFix: true });
    expect(await checkOf(place, true)).toMatchObject({ verdict: 'ok', repaired: 'Set anew: A place.' });
  });

  it('that was chosen and does not stand is a fault; one that was not chosen is none', async () => {
    expect(await checkOf({ group: 'tools', state: 'not-done' })).toMatchObject({ verdict: 'failed', culprit: 'this machine', canFix: true });
    const free = await checkOf({ group: 'tools', state: 'not-done', isChosen: false });
    expect(free).toMatchObject({ verdict: 'skipped' });
    expect(free?.canFix).toBeUndefined();
  });

  it('is never set by --fix while no agent listens', async () => {
    expect((await checkOf({ group: 'proxy', state: 'waiting', withoutAgent: true }))?.canFix).toBeUndefined();
  });

  it('that cannot be changed here says why', async () => {
    expect(await checkOf({ group: 'trust', state: 'unavailable', reason: 'certutil is missing.' })).toMatchObject({
      verdict: 'skipped',
      seen: 'certutil is missing.',
    });
  });

  it('is trusted only when a handshake by its own roots says so', async () => {
    expect(await checkOf({ group: 'trust', state: 'done', roots: ['x'] })).toMatchObject({
      verdict: 'ok',
      seen: expect.stringContaining('handshake') as string,
    });
    const refused = await checkOf({ group: 'trust', state: 'done', roots: ['x'], proof: { ok: false, reason: 'signed by an older CA' } });
    expect(refused).toMatchObject({ verdict: 'failed', culprit: 'this machine', canFix: true });
    expect(refused?.seen).toContain('signed by an older CA');
  });
});
