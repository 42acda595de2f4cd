/** The first of the dates that are known; undefined when none is. */
export function earliestDate(dates: readonly (Date | undefined)[]): Date | undefined {
  let first: Date | undefined;
  for (const date of dates) if (date !== undefined && (first === undefined || date < first)) first = date;
  return first;
}
