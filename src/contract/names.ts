// Matches names of apps, hosts, models and the like against patterns, as policy, routes, budgets and keys do.

/** One of several names, without regard to case: the value is given in lower case. `*` stands for any run of characters. An unknown fact is the empty text: `*` matches it, nothing else does. */
export function compileNames(names: string | readonly string[]): (value: string) => boolean {
  const all = (typeof names === 'string' ? [names] : names).map((name) => name.toLowerCase());
  const exact = new Set(all.filter((name) => !name.includes('*')));
  const patterns = all.filter((name) => name.includes('*')).map(compilePattern);
  return (value) => exact.has(value) || patterns.some((matches) => matches(value));
}

/** `*` stands for any run of characters. By pieces rather than by RegExp: many stars must not cost exponential time. */
function compilePattern(pattern: string): (value: string) => boolean {
  const pieces = pattern.split('*');
  const first = pieces[0] ?? '';
  const last = pieces.at(-1) ?? '';
  const middle = pieces.slice(1, -1);
  return (value) => {
    if (value.length < first.length + last.length || !value.startsWith(first) || !value.endsWith(last)) return false;
    const limit = value.length - last.length;
    let at = first.length;
    for (const piece of middle) {
      const found = value.indexOf(piece, at);
      if (found < 0) return false;
      at = found + piece.length;
    }
    return at <= limit;
  };
}
