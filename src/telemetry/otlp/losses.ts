// Counts what a collector did not take, and says so once: when it begins, and when it is over.

/** What an exporter reports of one batch; `code` is 0 when the collector took it. */
interface ExportResult {
  readonly code: number;
  readonly error?: Error;
}

interface Exporter<B> {
  export(batch: B, done: (result: ExportResult) => void): void;
}

export class Losses {
  readonly #where: string;
  readonly #tell: (text: string | undefined) => void;
  #spans = 0;
  #isTold = false;

  /** `where` is the collector's host, without credentials. */
  constructor(where: string, tell: (text: string | undefined) => void) {
    this.#where = where;
    this.#tell = tell;
  }

  /** Spans that never arrived. */
  get spans(): number {
    return this.#spans;
  }

  lost(spans: number, why: string): void {
    this.#spans += spans;
    if (this.#isTold) return;
    this.#isTold = true;
    this.#tell(`The collector at ${this.#where} does not take telemetry: ${why}. What it misses is not sent again.`);
  }

  arrived(): void {
    if (!this.#isTold) return;
    this.#isTold = false;
    this.#tell(undefined);
  }

  /** Notes how each batch of `exporter` went. To the SDK every batch went well: it could only throw where nobody listens. */
  watch<B, E extends Exporter<B>>(exporter: E, spansOf: (batch: B) => number): E {
    const send = exporter.export.bind(exporter);
    exporter.export = (batch: B, done: (result: ExportResult) => void) =>
      send(batch, (result) => {
        if (result.code === 0) this.arrived();
        else this.lost(spansOf(batch), reasonOf(result.error));
        done({ code: 0 });
      });
    return exporter;
  }
}

function reasonOf(error: Error | undefined): string {
  const message = error?.message ?? '';
  const code = error && 'code' in error ? String(error.code) : '';
  const reason = message.includes(code) ? message : `${code} ${message}`.trim();
  return reason === '' ? 'no reason was given' : reason.slice(0, 200);
}
