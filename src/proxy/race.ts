// Lets two attempts run for one client: the first that speaks gets it, the other is cancelled.
import type { Duplex } from 'node:stream';
import type { RawHeaders } from '../contract/exchange.ts';
import type { AnswerHead, AnswerSink } from './flow.ts';

export class Race {
  readonly #down: AnswerSink;
  readonly #seats: Seat[] = [];
  #winner: Seat | undefined;

  constructor(down: AnswerSink) {
    this.#down = down;
    down.onDrain = () => this.#winner?.onDrain?.();
    down.onAbort = () => {
      for (const seat of this.#seats) seat.onAbort?.();
    };
  }

  /** One of the attempts has begun to speak. */
  get isDecided(): boolean {
    return this.#winner !== undefined;
  }

  /** A place for one attempt. */
  join(): Seat {
    const seat = new Seat(this.#down, (claimant) => this.#claim(claimant));
    this.#seats.push(seat);
    return seat;
  }

  #claim(claimant: Seat): boolean {
    if (this.#winner !== undefined) return this.#winner === claimant;
    this.#winner = claimant;
    for (const seat of this.#seats) if (seat !== claimant) seat.onLost?.();
    return true;
  }
}

/** The client as one of several attempts sees it. */
export class Seat implements AnswerSink {
  onDrain: (() => void) | undefined;
  onAbort: (() => void) | undefined;
  /** Called when another attempt was faster. */
  onLost: (() => void) | undefined;
  readonly #down: AnswerSink;
  readonly #claim: (seat: Seat) => boolean;

  constructor(down: AnswerSink, claim: (seat: Seat) => boolean) {
    this.#down = down;
    this.#claim = claim;
  }

  /** True when the client is this attempt's from now on. */
  claim(): boolean {
    return this.#claim(this);
  }

  get isGone(): boolean {
    return this.#down.isGone;
  }

  inform(status: number, reason: string, headers: RawHeaders): void {
    this.#down.inform(status, reason, headers);
  }

  respond(head: AnswerHead): void {
    this.#down.respond(head);
  }

  write(piece: Buffer): boolean {
    return this.#down.write(piece);
  }

  end(trailers: RawHeaders): void {
    this.#down.end(trailers);
  }

  abort(): void {
    this.#down.abort();
  }

  switchProtocols(reason: string, headers: RawHeaders): Duplex {
    return this.#down.switchProtocols(reason, headers);
  }
}
