/** Spellings of one name: SQL's snake_case, GraphQL's camelCase and PascalCase. */

/** The words of a name, lower case: `HTTPServer_v2-id` → `http server v2 id`. */
function wordsOf(name: string): readonly string[] {
  return name
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1 $2")
    .replaceAll(/([A-Z]+)([A-Z][a-z])/g, "$1 $2")
    .split(/[^A-Za-z0-9]+/)
    .filter((word) => word !== "")
    .map((word) => word.toLowerCase());
}

/** `customer-360` → `Customer360`. A valid GraphQL name for every input that holds a letter or digit. */
export function pascalCase(name: string): string {
  return safeStart(wordsOf(name).map(capitalise).join(""));
}

/** `customer_id` → `customerId`. A valid GraphQL name for every input that holds a letter or digit. */
export function camelCase(name: string): string {
  const [first = "", ...rest] = wordsOf(name);
  return safeStart(first + rest.map(capitalise).join(""));
}

/** `customerId` → `customer_id`. A plain SQL identifier for every input that holds a letter or digit. */
export function snakeCase(name: string): string {
  return safeStart(wordsOf(name).join("_"));
}

function capitalise(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

/** Neither SQL nor GraphQL lets a name begin with a digit. */
function safeStart(name: string): string {
  return /^[0-9]/.test(name) ? `_${name}` : name;
}
