// How fast a target answers for one model: time to the first token and time per token kept apart, old times forgotten.
import { Quantile } from './quantile.ts';

const memoryMs = 10_000;
const memoryCalls = 40;
/** What is slower counts no more than so many times the usual: bad hours are not to become usual within minutes. */
const mostOfBaseline = 2;
/** So many times have to be known before it can be slower than usual. */
const enoughForBaseline = 10;
const baselineMemoryMs = 600_000;
/** However long ago the last time was, it keeps this much weight: one slow answer is no trend. */
const leastKept = 0.5;
/** A peak counts half at once, and fades like the rest. */
const peakShare = 0.5;
/** Times older than that say nothing any more. */
const staleMs = 30_000;
const usualAnswerTokens = 200;
/** So many times its own usual time is slow. */
const slowPace = 2.5;
/** And so many milliseconds beyond it: what is quicker than that is noise, of the line or of this machine, and nobody's loss. */
const leastSlowMs = 250;

export class Latency {
  readonly #p95 = new Quantile(0.95);
  #peak = NaN;
  #mean = NaN;
  #baseline = NaN;
  #perToken = NaN;
  #answerTokens = usualAnswerTokens;
  #at = -Infinity;
  /** Times learned since it began anew, and altogether. */
  #count = 0;
  #baselineCount = 0;
  #baselineAt = -Infinity;
  #last = NaN;
  #slowInRow = 0;

  /** When it was last measured; monotonic milliseconds. */
  get at(): number {
    return this.#at;
  }

  /** Milliseconds to the first token, lately, slow ones counting more; NaN before the first. */
  get firstTokenMs(): number {
    return this.#peak;
  }

  /** Milliseconds to the first token, lately. */
  get meanMs(): number {
    return this.#mean;
  }

  /** Its own usual time, of the last ten minutes. */
  get baselineMs(): number {
    return this.#baseline;
  }

  /** Milliseconds to the first token, lately, or as they used to be; NaN before the first. */
  get usualMs(): number {
    return Number.isNaN(this.#mean) ? this.#baseline : this.#mean;
  }

  /** Lately several times its own usual time. */
  isSlow(now: number): boolean {
    return this.#baselineCount >= enoughForBaseline && this.#isFarBeyond(this.#mean) && !this.isCold(now);
  }

  /** Whether the last time was no longer slow. */
  get wasQuick(): boolean {
    return !this.#isFarBeyond(this.#last);
  }

  get perTokenMs(): number {
    return this.#perToken;
  }

  /** 95th percentile of the time to the first token; undefined while too little is known. */
  get p95Ms(): number | undefined {
    return this.#p95.value();
  }

  /** Nothing is known, or nothing recent. */
  isCold(now: number): boolean {
    return now - this.#at > staleMs;
  }

  /** Milliseconds that a whole answer takes, by the usual length of answers or the longest allowed; NaN before the first. */
  wholeMs(longest: number | undefined): number {
    const tokens = Math.min(this.#answerTokens, longest ?? Infinity);
    return this.#peak + (Number.isNaN(this.#perToken) ? 0 : this.#perToken * tokens);
  }

  firstToken(now: number, milliseconds: number): void {
    this.#p95.add(milliseconds);
    this.#learn(now, milliseconds);
  }

  /** An attempt was given up after so long without a first token. */
  atLeast(now: number, milliseconds: number): void {
    if (milliseconds > this.#peak) this.#learn(now, milliseconds);
  }

  /** @param milliseconds from the first token to the last */
  answered(milliseconds: number, tokens: number): void {
    this.#answerTokens += 0.05 * (tokens - this.#answerTokens);
    // Answers that come in one piece say nothing of the time per token.
    if (tokens < 2 || milliseconds <= 0) return;
    this.#perToken = blend(this.#perToken, milliseconds / (tokens - 1), 0.9);
  }

  /** After an outage it starts anew: what was measured on the way down misleads. */
  forget(): void {
    this.#peak = NaN;
    this.#mean = NaN;
    this.#count = 0;
    this.#at = -Infinity;
  }

  #isFarBeyond(milliseconds: number): boolean {
    return milliseconds > slowPace * this.#baseline && milliseconds > this.#baseline + leastSlowMs;
  }

  #learn(now: number, milliseconds: number): void {
    const since = now - this.#at;
    this.#slowInRow = this.#isFarBeyond(milliseconds) ? this.#slowInRow + 1 : 0;
    // Three far beyond the usual are no chance: what was before says nothing any more.
    if (this.#slowInRow === 3) this.#count = 0;
    this.#count = Math.min(memoryCalls, this.#count + 1);
    this.#baselineCount = Math.min(memoryCalls, this.#baselineCount + 1);
    // The first few count alike: one of them alone is no mean.
    const kept = Math.min(1 - 1 / this.#count, Math.max(leastKept, Math.exp(-since / memoryMs)));
    const keptOfBaseline = this.#baselineCount < memoryCalls ? 1 - 1 / this.#baselineCount : Math.exp(-(now - this.#baselineAt) / baselineMemoryMs);
    this.#mean = blend(this.#mean, milliseconds, kept);
    this.#peak = blend(this.#peak, milliseconds, milliseconds > this.#peak ? Math.min(kept, 1 - peakShare) : kept);
    this.#baseline = blend(this.#baseline, Math.min(milliseconds, mostOfBaseline * this.#baseline || milliseconds), keptOfBaseline);
    this.#last = milliseconds;
    this.#at = now;
    this.#baselineAt = now;
  }
}

function blend(old: number, value: number, kept: number): number {
  return Number.isNaN(old) ? value : old * kept + value * (1 - kept);
}
