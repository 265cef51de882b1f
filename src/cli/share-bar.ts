// A share as ten blocks of text.

const length = 10;

/** One block is filled as soon as there is anything, and the last only when it is all. */
export function shareBar(share: number): string {
  const filled = share >= 1 ? length : Math.min(length - 1, Math.ceil(share * length));
  return '█'.repeat(filled) + '░'.repeat(length - filled);
}
