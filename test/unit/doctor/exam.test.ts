// A round of examinations: order, faults, repairs.
import { describe, expect, it } from 'vitest';
import { makeRound } from '../../../src/doctor/exam.ts';
import type { Exam, Finding } from '../../../src/doctor/exam.ts';

const exam = (id: string, look: Exam['look']): Exam => ({ id, title: `Title of ${id}`, tried: `Tried ${id}`, look });
const ok: Finding = { verdict: 'ok', seen: 'Fine.' };

describe('a round', () => {
  it('keeps the order of the exams, and tells of each as soon as it is made', async () => {
    const heard: string[] = [];
    const slow = exam('slow', () => new Promise((resolve) => setTimeout(() => resolve(ok), 30)));
    const checks = await makeRound([slow, exam('quick', () => ok)], { onCheck: ({ id }) => heard.push(id) });
    expect(checks.map(({ id }) => id)).toEqual(['slow', 'quick']);
    expect(heard).toEqual(['quick', 'slow']);
  });

  it('makes of an exam that breaks a failed check, and goes on', async () => {
    const broken = exam('broken', () => {
      throw new Error('no such thing');
    });
    const checks = await makeRound([broken, exam('next', () => ok)]);
    expect(checks.map(({ verdict }) => verdict)).toEqual(['failed', 'ok']);
    expect(checks[0]).toMatchObject({ culprit: 'heimdall', seen: expect.stringContaining('no such thing') as string });
  });

  it('repairs only when asked, then looks again', async () => {
    let isBroken = true;
    const repair = (): string => {
      isBroken = false;
      return 'Mended.';
    };
    const one = exam('one', () => (isBroken ? { verdict: 'failed', seen: 'Broken.', culprit: 'this machine', fix: 'Mend it.', repair } : ok));
    expect(await makeRound([one])).toMatchObject([{ verdict: 'failed', canFix: true }]);
    expect(await makeRound([one], { fix: true })).toMatchObject([{ verdict: 'ok', repaired: 'Mended.' }]);
  });

  it('says why a repair came to nothing, and leaves the verdict', async () => {
    const repair = (): string => {
      throw new Error('it is locked');
    };
    const one = exam('one', () => ({ verdict: 'failed', seen: 'Broken.', repair }));
    expect(await makeRound([one], { fix: true })).toMatchObject([{ verdict: 'failed', repaired: 'It could not be repaired: it is locked' }]);
  });

  it('makes repairs one after the other', async () => {
    let running = 0;
    let most = 0;
    const repair = async (): Promise<string> => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setTimeout(resolve, 5));
      running -= 1;
      return 'Mended.';
    };
    await makeRound(
      ['a', 'b', 'c'].map((id) => exam(id, () => ({ verdict: 'failed', seen: 'Broken.', repair }))),
      { fix: true },
    );
    expect(most).toBe(1);
  });
});
