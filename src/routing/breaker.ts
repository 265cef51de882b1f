// A circuit breaker: takes a failing target out, lets few trials through, and brings it back slowly.

const firstRestMs = 1_000;
const longestRestMs = 30_000;
/** Give or take, so that many agents do not come back at the same moment. */
const restJitter = 0.2;
/** How far back outcomes count towards the error rate: in time, and in calls, whichever is shorter. */
const memoryMs = 45_000;
const memoryCalls = 25;
const enoughCalls = 10;
/** Just back, it is believed to be bad sooner. */
const enoughWhenBack = 4;
const tooManyErrors = 0.2;
export const failuresInRow = 3;
/** A probe that has not told anything by then is forgotten. */
const probeWaitMs = 12_000;
/** From the first share of calls after recovery to all of them. */
const rampMs = 10_000;
const rampFrom = 0.1;

export class Breaker {
  readonly #random: () => number;
  readonly #successesToClose: number;
  #isClosed = true;
  /** Monotonic milliseconds; before that nothing is let through. */
  #retryAt = 0;
  #trialsUnderWay = 0;
  #trialsPassed = 0;
  /** Openings since it was last fully well. */
  #openings = 0;
  #closedAt = -Infinity;
  #inRow = 0;
  #calls = 0;
  #errors = 0;
  #countedAt = 0;

  /** @param successesToClose trials that have to succeed, one after the other */
  constructor(random: () => number, successesToClose: number) {
    this.#random = random;
    this.#successesToClose = successesToClose;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Whether a call may be placed: always while closed, one at a time once the rest is over. */
  admits(now: number): boolean {
    return this.#isClosed || (now >= this.#retryAt && this.#trialsUnderWay === 0);
  }

  /** Waiting for its rest to end, or for the verdict of a trial. */
  isResting(now: number): boolean {
    return !this.#isClosed && now < this.#retryAt;
  }

  /** Milliseconds until it admits a trial; 0 when nothing but a trial under way stands before it. */
  restLeft(now: number): number {
    return this.#isClosed ? 0 : Math.max(0, this.#retryAt - now);
  }

  /** Open, and no trial has succeeded since. */
  get isUntried(): boolean {
    return !this.#isClosed && this.#trialsPassed === 0;
  }

  /** Enters a call that was admitted. True: it is a trial, whose end has to be told as one. */
  begin(): boolean {
    if (this.#isClosed) return false;
    this.#trialsUnderWay += 1;
    return true;
  }

  /** The trial ended and says nothing of the target: the next one comes after another rest, or hedges and hang-ups would try it over and over. */
  void(now: number): void {
    this.#release();
    if (!this.#isClosed) this.#retryAt = now + this.#rest();
  }

  succeeded(now: number, isTrial: boolean): void {
    if (isTrial) this.#release();
    if (this.#isClosed) {
      this.#inRow = 0;
      this.#count(now, 0);
    } else if (isTrial && ++this.#trialsPassed >= this.#successesToClose) this.#close(now);
  }

  /** @param weight how many failures in a row it is as good as */
  failed(now: number, isTrial: boolean, weight = 1): void {
    if (isTrial) this.#release();
    if (!this.#isClosed) {
      // Calls that were under way when it opened fail together: one outage, counted once.
      if (isTrial) this.#open(now);
      return;
    }
    this.#inRow += weight;
    this.#count(now, 1);
    const enough = this.ramp(now) < 1 ? enoughWhenBack : enoughCalls;
    if (this.#inRow >= failuresInRow || (this.#calls >= enough && this.#errors >= tooManyErrors * this.#calls)) this.#open(now);
  }

  /** A probe found life: a trial is allowed now. */
  hasten(now: number): void {
    this.#retryAt = Math.min(this.#retryAt, now);
  }

  /** A probe is under way: no call has to try what the probe will tell. */
  awaitProbe(now: number): void {
    if (!this.#isClosed) this.#retryAt = Math.max(this.#retryAt, now + probeWaitMs);
  }

  /** A probe found none: as good as a trial that failed. */
  probeFailed(now: number): void {
    if (!this.#isClosed) this.#open(now);
  }

  /** Share of its usual calls that it should get: less than 1 for a while after recovery. */
  ramp(now: number): number {
    if (this.#closedAt === -Infinity) return 1;
    const since = now - this.#closedAt;
    return since >= rampMs ? 1 : rampFrom + (1 - rampFrom) * (since / rampMs);
  }

  /** Time-decayed share of calls that failed. */
  errorRate(now: number): number {
    // One unseen success keeps a single failure from counting as all calls.
    return (this.#errors * this.#decay(now)) / (this.#calls * this.#decay(now) + 1);
  }

  #release(): void {
    this.#trialsUnderWay = Math.max(0, this.#trialsUnderWay - 1);
  }

  #open(now: number): void {
    if (this.#isClosed && this.ramp(now) === 1) this.#openings = 0;
    this.#openings += 1;
    this.#isClosed = false;
    this.#trialsPassed = 0;
    this.#retryAt = now + this.#rest();
  }

  #rest(): number {
    return Math.min(longestRestMs, firstRestMs * 2 ** (this.#openings - 1)) * (1 + restJitter * (2 * this.#random() - 1));
  }

  #close(now: number): void {
    this.#isClosed = true;
    this.#closedAt = now;
    this.#inRow = 0;
    this.#calls = 0;
    this.#errors = 0;
  }

  #count(now: number, error: number): void {
    const decay = Math.min(this.#decay(now), 1 - 1 / memoryCalls);
    this.#calls = this.#calls * decay + 1;
    this.#errors = this.#errors * decay + error;
    this.#countedAt = now;
  }

  #decay(now: number): number {
    return Math.exp(-(now - this.#countedAt) / memoryMs);
  }
}
