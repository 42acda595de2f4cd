/**
 * The first field of a representation, taken out without parsing it: almost always it is the key. Hot: once per entity that
 * is fetched (bench/cache).
 */

export interface FirstField {
  readonly type: string;
  readonly field: string;
  /** As `keyValues` writes it. */
  readonly values: string;
}

const start = '{"__typename":"';
const number = /-?\d+(?:\.\d+)?(?=[,}])/y;

/** Undefined for values that are not written as they are, and where the type does not come first. */
export function readFirstField(representation: string): FirstField | undefined {
  if (!representation.startsWith(start)) return undefined;
  const typeEnd = representation.indexOf('"', start.length);
  if (!representation.startsWith(',"', typeEnd + 1)) return undefined;
  const fieldEnd = representation.indexOf('"', typeEnd + 3);
  if (fieldEnd < 0 || representation.charCodeAt(fieldEnd + 1) !== colon) return undefined;
  const value = readValue(representation, fieldEnd + 2);
  if (value === undefined) return undefined;
  return {
    type: representation.slice(start.length, typeEnd),
    field: representation.slice(typeEnd + 3, fieldEnd),
    values: `["${value}"]`,
  };
}

function readValue(text: string, at: number): string | undefined {
  if (text.charCodeAt(at) === quote) {
    const end = text.indexOf('"', at + 1);
    const value = text.slice(at + 1, end);
    return end < 0 || value.includes("\\") ? undefined : value;
  }
  number.lastIndex = at;
  return number.exec(text)?.[0];
}

const colon = 58;
const quote = 34;
