// dateRange of PAC files: whether today lies in a range of days, months, years, or whole dates.

const months = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];

interface Fields {
  day?: number;
  month?: number;
  year?: number;
}

/** As Netscape wrote it down: one value, or the fields of a first and a last date; `GMT` at the end, where it is meant so. */
export function dateRange(...args: readonly unknown[]): boolean {
  return isInDateRange(new Date(), args);
}

export function isInDateRange(now: Date, args: readonly unknown[]): boolean {
  const isGmt = args.at(-1) === 'GMT';
  const values = isGmt ? args.slice(0, -1) : args;
  const today = isGmt
    ? { day: now.getUTCDate(), month: now.getUTCMonth(), year: now.getUTCFullYear() }
    : { day: now.getDate(), month: now.getMonth(), year: now.getFullYear() };
  if (values.length === 0 || (values.length > 1 && values.length % 2 === 1)) return false;
  const half = Math.max(1, values.length / 2);
  const from = fieldsOf(values.slice(0, half));
  const to = values.length === 1 ? from : fieldsOf(values.slice(half));
  const at = (fields: Fields): number => {
    const known = (name: keyof Fields): number => (from[name] === undefined ? 0 : (fields[name] ?? 0));
    return (known('year') * 100 + known('month')) * 100 + known('day');
  };
  const [first, last, current] = [at(from), at(to), at(today)];
  // A range such as November to February goes round the end of the year.
  return first <= last ? first <= current && current <= last : current >= first || current <= last;
}

function fieldsOf(values: readonly unknown[]): Fields {
  const fields: Fields = {};
  for (const value of values) {
    const number = Number(value);
    if (Number.isNaN(number)) fields.month = months.indexOf(String(value).toUpperCase());
    else if (number <= 31) fields.day = number;
    else fields.year = number;
  }
  return fields;
}
