// Where sessions are at home, before and after the membership of targets changes.

type Counts = Map<string, Map<string, number>>;

export interface Moves {
  /** Share of the sessions that have another home than before. */
  readonly moved: number;
  /** Share of the sessions that left a home that is still there. */
  readonly needless: number;
}

export class Homes {
  #before: Counts | undefined;
  #now: Counts = new Map();

  /** A call of the session went there. */
  went(session: string, target: string): void {
    const targets = this.#now.get(session) ?? new Map<string, number>();
    this.#now.set(session, targets);
    targets.set(target, (targets.get(target) ?? 0) + 1);
  }

  membershipChanged(): void {
    this.#before = this.#now;
    this.#now = new Map();
  }

  /** A session's home is where most of its calls went; a call that spills over under load moves nobody. */
  moves(gone: string | undefined): Moves {
    let [seen, moved, needless] = [0, 0, 0];
    for (const [session, targets] of this.#now) {
      const before = homeOf(this.#before?.get(session));
      if (before === undefined) continue;
      seen += 1;
      if (before === homeOf(targets)) continue;
      moved += 1;
      if (before !== gone) needless += 1;
    }
    return { moved: moved / seen, needless: needless / seen };
  }
}

function homeOf(targets: ReadonlyMap<string, number> | undefined): string | undefined {
  let [home, most]: [string | undefined, number] = [undefined, 0];
  for (const [target, count] of targets ?? []) if (count > most) [home, most] = [target, count];
  return home;
}
