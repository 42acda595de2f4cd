/** Small pieces of SDL: descriptions, directives with arguments. */
import { Kind, print } from "graphql";

/** A block string on lines of its own, or nothing. */
export function description(text: string | undefined): string {
  if (text === undefined || text.trim() === "") return "";
  return `${print({ kind: Kind.STRING, value: text.trim(), block: true })}\n`;
}

/** ` @name(a: "x", b: true)`, with a space before it; arguments that are undefined are left out. */
export function directive(
  name: string,
  args: Readonly<Record<string, string | number | boolean | readonly string[] | undefined>> = {},
): string {
  // JSON's strings, numbers, booleans and lists are GraphQL's.
  const given = Object.entries(args).flatMap(([key, value]) =>
    value === undefined ? [] : [`${key}: ${JSON.stringify(value)}`],
  );
  return given.length === 0 ? ` @${name}` : ` @${name}(${given.join(", ")})`;
}

/** `kind Name directives { members }`, members on lines of their own. */
export function block(head: string, members: readonly string[]): string {
  const lines = members.flatMap((member) => member.split("\n")).map((line) => (line === "" ? "" : `  ${line}`));
  return `${head} {\n${lines.join("\n")}\n}`;
}
