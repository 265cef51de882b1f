// A ring for consistent hashing: when a member leaves, only its own keys move.

const pointsPerMember = 160;

/** 32 bits, well mixed: FNV-1a with the finisher of MurmurHash3. Not for secrets. */
export function hash32(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

export class Ring {
  readonly #points: Uint32Array;
  readonly #members: Uint16Array;

  /** @param names identify members from one run to the next; a member's index is its place in the list */
  constructor(names: readonly string[], weights: readonly number[] = names.map(() => 1)) {
    const heaviest = Math.max(...weights, 1e-9);
    const points = names.flatMap((name, member) => {
      const count = Math.round((pointsPerMember * (weights[member] ?? 1)) / heaviest);
      return Array.from({ length: count }, (_, i) => ({ at: hash32(`${i}:${name}`), member }));
    });
    points.sort((a, b) => a.at - b.at || a.member - b.member);
    this.#points = Uint32Array.from(points, ({ at }) => at);
    this.#members = Uint16Array.from(points, ({ member }) => member);
  }

  get size(): number {
    return this.#points.length;
  }

  /** Index of the first point at or after the hash. */
  start(hash: number): number {
    let [low, high] = [0, this.#points.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#points[middle] ?? 0) < hash) low = middle + 1;
      else high = middle;
    }
    return low % Math.max(1, this.#points.length);
  }

  member(point: number): number {
    return this.#members[point % this.#points.length] ?? -1;
  }
}
