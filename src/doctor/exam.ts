// What an examination is, and how a list of them is made: side by side within bounds, each on its own, repaired and made again where that is asked.
import type { Culprit, DiagnosticCheck } from '../contract/diagnostics.ts';
import { messageOf } from '../contract/errors.ts';

export interface Finding {
  readonly verdict: DiagnosticCheck['verdict'];
  readonly seen: string;
  readonly culprit?: Culprit | undefined;
  readonly fix?: string | undefined;
  /** Puts it right without asking; gives a sentence on what it did. */
  readonly repair?: (() => string | Promise<string>) | undefined;
}

export interface Exam {
  readonly id: string;
  readonly title: string;
  readonly tried: string;
  readonly look: () => Finding | Promise<Finding>;
}

export interface RoundOptions {
  /** Repairs what can be repaired and looks again. */
  readonly fix?: boolean | undefined;
  /** Hears of each check as soon as it is made. */
  readonly onCheck?: ((check: DiagnosticCheck) => void) | undefined;
}

/** Enough to keep the slow ones from waiting for each other, few enough to spare the network. */
const atOnce = 8;
/** The longest that one examination may take, milliseconds. */
const patience = 20_000;

/** In the order given. One that breaks is a failed check, not a failed round. */
export async function makeRound(exams: readonly Exam[], options: RoundOptions = {}): Promise<readonly DiagnosticCheck[]> {
  const checks: DiagnosticCheck[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    for (let index = next++; index < exams.length; index = next++) {
      const exam = exams[index];
      if (exam === undefined) return;
      const check = await makeExam(exam, options.fix === true);
      checks[index] = check;
      options.onCheck?.(check);
    }
  };
  // Repairs go one after the other: two of them may touch the same ledger.
  await Promise.all(Array.from({ length: options.fix === true ? 1 : atOnce }, work));
  return checks;
}

async function makeExam(exam: Exam, fix: boolean): Promise<DiagnosticCheck> {
  const first = await lookAt(exam);
  if (!fix || first.repair === undefined || first.verdict === 'ok') return checkOf(exam, first);
  try {
    const repaired = await first.repair();
    return { ...checkOf(exam, await lookAt(exam)), repaired };
  } catch (error) {
    return { ...checkOf(exam, first), repaired: `It could not be repaired: ${messageOf(error)}` };
  }
}

async function lookAt(exam: Exam): Promise<Finding> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Finding>((resolve) => {
    const finding: Finding = {
      verdict: 'failed',
      seen: `It did not come to an end within ${patience / 1000} seconds.`,
      culprit: 'this machine',
      fix: brokenFix,
    };
    timer = setTimeout(() => resolve(finding), patience);
  });
  try {
    return await Promise.race([Promise.resolve().then(exam.look), late]);
  } catch (error) {
    return { verdict: 'failed', seen: `The check itself broke: ${messageOf(error)}`, culprit: 'heimdall', fix: brokenFix };
  } finally {
    clearTimeout(timer);
  }
}

const brokenFix = 'Run `heimdall doctor --report report.html` and report this with the file.';

function checkOf({ id, title, tried }: Exam, { verdict, seen, culprit, fix, repair }: Finding): DiagnosticCheck {
  if (verdict === 'ok') return { id, title, verdict, tried, seen };
  return {
    id,
    title,
    verdict,
    tried,
    seen,
    ...(culprit === undefined ? {} : { culprit }),
    ...(fix === undefined ? {} : { fix }),
    ...(repair === undefined ? {} : { canFix: true }),
  };
}
