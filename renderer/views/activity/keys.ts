// Which row a key leads to.

/** Undefined for keys that do not move. */
export function stepOf(key: string, from: number | undefined, rows: number, screen: number): number | undefined {
  if (rows === 0) return undefined;
  const target = targetOf(key, from, rows, Math.max(1, screen - 1));
  return target === undefined ? undefined : Math.max(0, Math.min(target, rows - 1));
}

function targetOf(key: string, from: number | undefined, rows: number, page: number): number | undefined {
  switch (key) {
    case 'ArrowDown':
      return from === undefined ? 0 : from + 1;
    case 'ArrowUp':
      return from === undefined ? 0 : from - 1;
    case 'PageDown':
      return (from ?? 0) + page;
    case 'PageUp':
      return (from ?? 0) - page;
    case 'Home':
      return 0;
    case 'End':
      return rows - 1;
    default:
      return undefined;
  }
}
