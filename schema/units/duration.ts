/**
 * Durations of a manifest. `90d`, `1.5h`, ISO 8601 (`PT1H`, `P90D`) and words (`5 minutes`) are one thing in
 * milliseconds; `printDuration` gives the one canonical spelling.
 */

const MS_BY_UNIT = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
  // A month and a year have no fixed length; periods of keeping data are counted in days, as regulations count them.
  mo: 30 * 86_400_000,
  y: 365 * 86_400_000,
} as const;

type Unit = keyof typeof MS_BY_UNIT;

const UNIT_BY_WORD: Readonly<Record<string, Unit>> = {
  millisecond: "ms",
  second: "s",
  sec: "s",
  minute: "m",
  min: "m",
  hour: "h",
  day: "d",
  week: "w",
  month: "mo",
  year: "y",
};

const COMPACT = /^(\d+(?:\.\d+)?)(ms|mo|s|m|h|d|w|y)$/;
const WORDS = /^(\d+(?:\.\d+)?) +(millisecond|second|sec|minute|min|hour|day|week|month|year)s?$/;
const ISO =
  /^P(?!$)(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/;
const ISO_UNITS: readonly Unit[] = ["y", "mo", "w", "d", "h", "m", "s"];

/** What a duration may look like, for JSON Schema; the three forms above in one expression. */
export const DURATION_PATTERN: RegExp = new RegExp(`${COMPACT.source}|${WORDS.source}|${ISO.source}`);

/** Milliseconds, or undefined when the text is no duration (or one too long to count exactly). */
export function parseDurationMs(text: string): number | undefined {
  const trimmed = text.trim();
  const compact = COMPACT.exec(trimmed);
  if (compact !== null) return exact(Number(compact[1]) * MS_BY_UNIT[compact[2] as Unit]);
  const words = WORDS.exec(trimmed);
  if (words !== null) {
    const unit = UNIT_BY_WORD[words[2] ?? ""];
    return unit === undefined ? undefined : exact(Number(words[1]) * MS_BY_UNIT[unit]);
  }
  const iso = ISO.exec(trimmed);
  if (iso === null) return undefined;
  return exact(ISO_UNITS.reduce((total, unit, index) => total + Number(iso[index + 1] ?? 0) * MS_BY_UNIT[unit], 0));
}

/** The largest unit up to days that says it in a whole number: 5400000 → `90m`, 7776000000 → `90d`. */
export function printDuration(milliseconds: number): string {
  for (const unit of ["d", "h", "m", "s"] as const) {
    if (milliseconds !== 0 && milliseconds % MS_BY_UNIT[unit] === 0) return `${milliseconds / MS_BY_UNIT[unit]}${unit}`;
  }
  return `${milliseconds}ms`;
}

function exact(milliseconds: number): number | undefined {
  const rounded = Math.round(milliseconds);
  return Number.isSafeInteger(rounded) ? rounded : undefined;
}
