// Guesses how long an answer may become where the call sets no limit: from the answers of that model lately.

const usual = 8_192;
const epochMs = 3_600_000;
/** A client that invents names must not fill the memory. */
const modelsKept = 1_000;

export class AnswerSizes {
  #current = new Map<string, number>();
  #previous: ReadonlyMap<string, number> = new Map();
  #since = 0;

  /** Tokens: twice the largest answer of the last one to two hours, and never less than is usual. */
  upperEstimate(model: string | undefined, now: number): number {
    if (model === undefined) return usual;
    this.#turn(now);
    return Math.max(usual, 2 * (this.#current.get(model) ?? 0), 2 * (this.#previous.get(model) ?? 0));
  }

  saw(model: string | undefined, tokens: number, now: number): void {
    if (model === undefined || tokens <= usual / 2) return; // changes no estimate
    this.#turn(now);
    const before = this.#current.get(model) ?? 0;
    if (tokens > before && (before > 0 || this.#current.size < modelsKept)) this.#current.set(model, tokens);
  }

  #turn(now: number): void {
    const age = now - this.#since;
    if (age >= 0 && age < epochMs) return;
    this.#previous = age >= 0 && age < 2 * epochMs ? this.#current : new Map();
    this.#current = new Map();
    this.#since = now;
  }
}
