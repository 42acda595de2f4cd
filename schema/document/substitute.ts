/** Variables by name, such as `process.env`. */
export type Variables = Readonly<Record<string, string | undefined>>;

export interface Substitution {
  readonly text: string;
  /** Names that have neither a value nor a default. */
  readonly missing: readonly string[];
  /** `${` that no `}` or no valid name follows, if there is one. */
  readonly malformed: boolean;
}

const VARIABLE = /\$(\$\{)|\$\{(?:([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\})?/g;

/**
 * Puts variables into a text: `${NAME}`, `${NAME:-default}` (the default also takes the place of an empty value, as in a
 * shell); `$${` stands for a literal `${`. What a variable holds is text and is not looked into again.
 */
export function substitute(text: string, variables: Variables): Substitution {
  const missing: string[] = [];
  let malformed = false;
  const replaced = text.replaceAll(VARIABLE, (whole, escaped: string | undefined, name?: string, fallback?: string) => {
    if (escaped !== undefined) return escaped;
    if (name === undefined) {
      malformed = true;
      return whole;
    }
    const value = Object.hasOwn(variables, name) ? variables[name] : undefined;
    if (fallback !== undefined) return value === undefined || value === "" ? fallback : value;
    if (value === undefined) missing.push(name);
    return value ?? "";
  });
  return { text: replaced, missing, malformed };
}
