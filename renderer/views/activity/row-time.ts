// The time of a row: the clock, and the day where it was not today.

const clock = new Intl.DateTimeFormat('en', { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
const day = new Intl.DateTimeFormat('en', { day: 'numeric', month: 'short' });
const dayAndYear = new Intl.DateTimeFormat('en', { day: 'numeric', month: 'short', year: 'numeric' });

export function rowTime(at: number, now: number): { readonly day: string | undefined; readonly clock: string } {
  const [then, today] = [new Date(at), new Date(now)];
  if (then.toDateString() === today.toDateString()) return { day: undefined, clock: clock.format(then) };
  return { day: (then.getFullYear() === today.getFullYear() ? day : dayAndYear).format(then), clock: clock.format(then) };
}

/** Day and minute, for the ends of a stretch of time. */
export function dayAndMinute(at: number): string {
  return `${day.format(at)}, ${clock.format(at).slice(0, 5)}`;
}

/** As an input for local date and time holds it: `2026-05-06T09:08`. */
export function localInput(at: number): string {
  const pad = (value: number, size = 2): string => String(value).padStart(size, '0');
  const then = new Date(at);
  return `${pad(then.getFullYear(), 4)}-${pad(then.getMonth() + 1)}-${pad(then.getDate())}T${pad(then.getHours())}:${pad(then.getMinutes())}`;
}

export function fromLocalInput(text: string): number | undefined {
  const at = text === '' ? Number.NaN : new Date(text).getTime();
  return Number.isNaN(at) ? undefined : at;
}
