/** Numbers on the bench's command lines. Both throw `TypeError` with a message for people. */

export function readNumber(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (text.trim() === "" || !(value >= least && value <= most)) {
    throw new TypeError(`--${name} is a number from ${least} to ${most}, not "${text}"`);
  }
  return value;
}

/** From 1. */
export function readWhole(name: string, text: string, most: number): number {
  const value = readNumber(name, text, 1, most);
  if (!Number.isInteger(value)) throw new TypeError(`--${name} is a whole number, not ${text}`);
  return value;
}
