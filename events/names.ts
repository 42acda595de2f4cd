/** Names and numbers that come from code, not from outside: a wrong one is a mistake in the program, so it is a `TypeError`. */

export function assertName(what: "topic" | "group" | "prefix", name: string): void {
  if (!/^[\w-]{1,100}$/.test(name)) {
    throw new TypeError(
      `the ${what} of an event bus has 1 to 100 letters, digits, "-" and "_"; ${JSON.stringify(name)} has not`,
    );
  }
}

export function assertCount(what: string, count: number): void {
  if (!Number.isSafeInteger(count) || count < 1) throw new TypeError(`${what} has to be a whole number above 0`);
}
