// The wire of the control socket: one JSON document per line, each way, with a cap on its length.
import { AgentError } from '../contract/errors.ts';

/** Largest frame the agent takes from a client, bytes. */
export const largestRequest = 1024 * 1024;
/** Largest frame a client takes from the agent, bytes: a page of a thousand rows fits many times. */
export const largestAnswer = 64 * 1024 * 1024;

export function encodeFrame(value: unknown): string {
  return `${JSON.stringify(value)}\n`;
}

/** Cuts a byte stream into lines. A half line at the end of the stream is never given out. */
export class FrameReader {
  readonly #limit: number;
  #parts: Buffer[] = [];
  #held = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The lines that this chunk completes. Throws `control-bad-request` when a line grows past the limit. */
  push(chunk: Buffer): string[] {
    const lines: string[] = [];
    let from = 0;
    for (let end = chunk.indexOf(10, from); end >= 0; end = chunk.indexOf(10, from)) {
      this.#hold(chunk.subarray(from, end));
      lines.push(Buffer.concat(this.#parts, this.#held).toString('utf8'));
      this.#parts = [];
      this.#held = 0;
      from = end + 1;
    }
    this.#hold(chunk.subarray(from));
    return lines;
  }

  #hold(part: Buffer): void {
    this.#held += part.length;
    if (this.#held > this.#limit) {
      this.#parts = [];
      throw new AgentError('control-bad-request', `A frame on the control socket is longer than ${this.#limit} bytes. Nothing of it was used.`);
    }
    if (part.length > 0) this.#parts.push(part);
  }
}
