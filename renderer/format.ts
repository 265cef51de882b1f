// Numbers, money, bytes and times as people read them; Intl does the work.

const locale = 'en';
const whole = new Intl.NumberFormat(locale);
const compact = new Intl.NumberFormat(locale, { notation: 'compact', maximumFractionDigits: 1 });
const percent = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 0 });
const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
const clock = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const clockSeconds = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
const day = new Intl.DateTimeFormat(locale, { dateStyle: 'medium' });
const dayAndTime = new Intl.DateTimeFormat(locale, {
  year: 'numeric',
  month: 'short',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
});

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

/** `12,345` */
export const formatNumber = (value: number) => whole.format(value);

/** `12.3K`; small numbers as they are. */
export const formatCompact = (value: number) => (Math.abs(value) < 10_000 ? whole.format(value) : compact.format(value));

/** A fraction of 1: `0.42` is `42%`; what is there but rounds to nothing is `<1%`. */
export const formatPercent = (fraction: number) => (fraction > 0 && fraction < 0.01 ? `<${percent.format(0.01)}` : percent.format(fraction));

/** `$0.0042`, `$0.12`, `$1,234.50`: small sums keep two figures that say something. */
export function formatMoney(usd: number): string {
  const digits = usd === 0 || Math.abs(usd) >= 0.1 ? 2 : Math.abs(usd) >= 0.01 ? 3 : 4;
  if (usd !== 0 && Math.abs(usd) < 0.0001) return '<$0.0001';
  return new Intl.NumberFormat(locale, { style: 'currency', currency: 'USD', minimumFractionDigits: digits, maximumFractionDigits: digits }).format(usd);
}

const byteUnits = ['B', 'KB', 'MB', 'GB', 'TB'] as const;

/** `812 B`, `1.4 KB`, `32 MB` (powers of 1,024). */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < byteUnits.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const digits = unit === 0 || value >= 10 ? 0 : 1;
  return `${value.toFixed(digits)} ${byteUnits[unit] ?? 'B'}`;
}

/** `430 µs`, `12 ms`, `1.25 s`, `2 min 5 s`, `1 h 10 min`. */
export function formatDuration(ms: number): string {
  if (ms < 1) return `${String(Math.round(ms * 1000))} µs`;
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  if (ms < 999.5) return `${String(Math.round(ms))} ms`;
  if (ms < 10 * second) return `${(ms / second).toFixed(2)} s`;
  if (ms < minute) return `${(ms / second).toFixed(1)} s`;
  if (ms < hour) return twoUnits(Math.floor(ms / minute), 'min', Math.floor((ms % minute) / second), 's');
  return twoUnits(Math.floor(ms / hour), 'h', Math.floor((ms % hour) / minute), 'min');
}

function twoUnits(big: number, bigUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${String(big)} ${bigUnit}` : `${String(big)} ${bigUnit} ${String(small)} ${smallUnit}`;
}

/** What is left until a deadline: `0:42`, `12:05`, `1:02:03`. Never below zero. */
export function formatCountdown(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / second));
  const pad = (value: number) => String(value).padStart(2, '0');
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  return hours > 0 ? `${String(hours)}:${pad(minutes)}:${pad(seconds % 60)}` : `${String(minutes)}:${pad(seconds % 60)}`;
}

/** `now`, `3 minutes ago`, `in 2 hours`, `yesterday`. */
export const formatAgo = (at: number, now: number) => relativeTo(at, now, relative);

function relativeTo(at: number, now: number, format: Intl.RelativeTimeFormat): string {
  const seconds = Math.round((at - now) / second);
  const size = Math.abs(seconds);
  if (size < 5) return format.format(0, 'second');
  if (size < 60) return format.format(seconds, 'second');
  if (size < 3600) return format.format(Math.trunc(seconds / 60), 'minute');
  if (size < 86_400) return format.format(Math.trunc(seconds / 3600), 'hour');
  if (size < 30 * 86_400) return format.format(Math.trunc(seconds / 86_400), 'day');
  return day.format(at);
}

/** `14:05` */
export const formatClock = (at: number) => clock.format(at);
/** `14:05:09` */
export const formatClockSeconds = (at: number) => clockSeconds.format(at);
/** `Nov 22, 2026` */
export const formatDay = (at: number) => day.format(at);
/** `Nov 22, 2026, 14:05:09` */
export const formatDateTime = (at: number) => dayAndTime.format(at);
/** Today: the clock; else day and clock. */
export function formatWhen(at: number, now: number): string {
  return new Date(at).toDateString() === new Date(now).toDateString() ? clockSeconds.format(at) : dayAndTime.format(at);
}
