// Says why a call was not admitted, for the person whose call it is.
import type { Limits, Objection } from './account.ts';
import { nanoPerDollar } from './account.ts';
import { keyPrefix } from './scope.ts';

/** @param seconds until a call like it would be admitted */
export function refusalText({ account, limit, freeAt }: Objection, seconds: number, now: number): string {
  const { limits, name } = account;
  const whose = `${budgetName(limits.id)}${name === '' ? '' : ` (${name})`}`;
  const again = `Try again in ${duration(seconds)}.`;
  if (limit === 'requests') return `The ${whose} allows ${plural(limits.requestsPerMinute ?? 0, 'request')} per minute. ${again}`;
  if (limit === 'tokens')
    return `The ${whose} allows ${plural(limits.tokensPerMinute ?? 0, 'token')} per minute${freeAt === undefined ? waiting : '.'} ${again}`;
  const used = dollars((account.spending?.used(now) ?? 0) / nanoPerDollar);
  const spent = `${used} of ${dollars(limits.usd ?? 0)} ${periodText(limits)}`;
  if (freeAt === undefined) return `The ${whose} has used ${spent}${waiting} ${again}`;
  return `The ${whose} is used up: ${spent}. It is free again in ${duration(seconds)}.`;
}

const waiting = ', and calls under way may need the rest.';

function budgetName(id: string): string {
  return id.startsWith(keyPrefix) ? `virtual key "${id.slice(keyPrefix.length)}"` : `budget "${id}"`;
}

function periodText({ per, window }: Limits): string {
  if (window === 'calendar') return per === 'day' ? 'today' : `this ${per}`;
  return `in the last ${{ day: '24 hours', week: '7 days', month: '30 days' }[per]}`;
}

function dollars(usd: number): string {
  return `$${usd.toFixed(2)}`;
}

const units: readonly (readonly [seconds: number, name: string])[] = [
  [86_400, 'day'],
  [3_600, 'hour'],
  [60, 'minute'],
  [1, 'second'],
];

/** In the largest unit of which there are two, rounded up. */
function duration(seconds: number): string {
  const [length, name] = units.find(([unit]) => seconds >= 2 * unit) ?? [1, 'second'];
  return plural(Math.ceil(seconds / length), name);
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
