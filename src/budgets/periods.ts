// Where money is booked: a calendar period as a whole, or one of the short slots of which a rolling period is made.

export type Per = 'day' | 'week' | 'month';
export type Window = 'calendar' | 'rolling';

/** Milliseconds since 1970. Takes what is spent from `from` to before `closes`, which counts until `until`. */
export interface Slot {
  readonly from: number;
  readonly closes: number;
  readonly until: number;
}

const hour = 3_600_000;
const day = 24 * hour;

/** What is spent counts for `length` from the end of its slot, so never shorter than said, and at most one slot longer. */
const rolling: Readonly<Record<Per, { readonly length: number; readonly width: number }>> = {
  day: { length: day, width: hour },
  week: { length: 7 * day, width: 6 * hour },
  month: { length: 30 * day, width: day },
};

const longest: Readonly<Record<Per, number>> = { day: day + hour, week: 7 * day + hour, month: 31 * day + hour };

/** The longest that a period can last, daylight saving included, milliseconds. */
export const longestPeriod = (per: Per): number => longest[per];

/** How many slots of one account are kept: by number and never by age, so that a clock which was wrong for a while makes nothing forgotten. */
export function slotsKept(per: Per, window: Window): number {
  return window === 'calendar' ? 3 : 2 * (rolling[per].length / rolling[per].width + 1);
}

export function slotAt(now: number, per: Per, window: Window): Slot {
  return window === 'calendar' ? calendarPeriod(now, per) : rollingSlot(now, per);
}

function rollingSlot(now: number, per: Per): Slot {
  const { length, width } = rolling[per];
  const from = now - (now % width);
  return { from, closes: from + width, until: from + width + length };
}

/** Local time: the runtime knows how long each day is, and that some begin at one o'clock. */
function calendarPeriod(now: number, per: Per): Slot {
  const date = new Date(now);
  const [year, month, dayOfMonth] = [date.getFullYear(), date.getMonth(), date.getDate()];
  const monday = dayOfMonth - ((date.getDay() + 6) % 7);
  const [from, closes] = {
    day: [new Date(year, month, dayOfMonth), new Date(year, month, dayOfMonth + 1)],
    week: [new Date(year, month, monday), new Date(year, month, monday + 7)],
    month: [new Date(year, month, 1), new Date(year, month + 1, 1)],
  }[per].map((edge) => edge.getTime()) as [number, number];
  return { from, closes, until: closes };
}
