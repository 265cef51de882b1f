// Picks the word that fits a number in this catalog's language.

const rules = new Intl.PluralRules('en');
const numbers = new Intl.NumberFormat('en');

/** `counted(3, 'call', 'calls')` is `3 calls`. */
export function counted(count: number, one: string, other: string): string {
  return `${numbers.format(count)} ${rules.select(count) === 'one' ? one : other}`;
}
