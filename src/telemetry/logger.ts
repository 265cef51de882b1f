// The agent's log: one JSON line per event, redacted before anything is written.
import { pino } from 'pino';
import { createRedactor } from './redact.ts';
import { openSizeCappedFile } from './size-capped-file.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
export type LogFields = Readonly<Record<string, unknown>>;

/** `event` is a stable phrase (`agent started`); what varies goes into the fields. */
export interface Logger {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
  close(): void;
}

export interface LoggerOptions {
  readonly level: LogLevel;
  /** Log file; rotated at `capBytes`. */
  readonly file?: string;
  /** Bytes; default 5 MiB. */
  readonly capBytes?: number;
  /** Where lines go instead of, or beside, the file. Without either they are dropped. */
  readonly destination?: { write(line: string): void };
  /** The home directory, written as `~`. */
  readonly home?: string;
}

export function createLogger(options: LoggerOptions): Logger {
  const redactor = createRedactor(options.home);
  const file = options.file === undefined ? undefined : openSizeCappedFile(options.file, options.capBytes ?? 5 * 1024 * 1024);
  const sink = {
    write(line: string): void {
      file?.write(line);
      options.destination?.write(line);
    },
  };
  const log = pino(
    {
      level: options.level,
      base: null,
      messageKey: 'event',
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    sink,
  );
  const at =
    (level: LogLevel) =>
    (event: string, fields?: LogFields): void => {
      if (!log.isLevelEnabled(level)) return; // redaction costs; a silent level must not
      // One level down, so that a field can never pose as the line's own `level`, `time` or `event`.
      log[level](fields === undefined ? {} : { fields: redactor.fields(fields) }, redactor.text(event));
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error'), close: () => file?.close() };
}
