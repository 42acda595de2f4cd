/** What `@cacheControl` says in one subgraph's SDL. */
import {
  type ConstDirectiveNode,
  type DocumentNode,
  isTypeDefinitionNode,
  isTypeExtensionNode,
  valueFromASTUntyped,
} from "graphql";

/** One `@cacheControl`. */
export interface CacheHint {
  /** Seconds, not negative; undefined when it says nothing of it. */
  readonly maxAge: number | undefined;
  readonly isPrivate: boolean;
  /** A field may live as long as the object that has it. */
  readonly inherits: boolean;
}

/** By `Type` and `Type.field`. Plain data. */
export type CacheHints = Readonly<Record<string, CacheHint>>;

/**
 * The directives named `cacheControl`, whoever defined them: subgraphs write the definition themselves and import it from
 * nowhere. A `maxAge` that is no whole number of seconds above zero allows nothing.
 */
export function readCacheHints(document: DocumentNode): CacheHints {
  const hints: Record<string, CacheHint> = {};
  const add = (coordinate: string, directives: readonly ConstDirectiveNode[] = []): void => {
    for (const directive of directives) {
      if (directive.name.value !== "cacheControl") continue;
      const hint = readHint(directive);
      const before = hintOf(hints, coordinate);
      hints[coordinate] = before === undefined ? hint : stricter(before, hint);
    }
  };
  for (const definition of document.definitions) {
    if (!isTypeDefinitionNode(definition) && !isTypeExtensionNode(definition)) continue;
    const type = definition.name.value;
    add(type, definition.directives);
    if (!("fields" in definition)) continue;
    for (const field of definition.fields ?? []) add(`${type}.${field.name.value}`, field.directives);
  }
  return hints;
}

/** What is said of a coordinate. Types may be named as what every object has. */
export function hintOf(hints: CacheHints, coordinate: string): CacheHint | undefined {
  return Object.hasOwn(hints, coordinate) ? hints[coordinate] : undefined;
}

function readHint(directive: ConstDirectiveNode): CacheHint {
  const given = Object.fromEntries(
    (directive.arguments ?? []).map(({ name, value }) => [name.value, valueFromASTUntyped(value)]),
  );
  const { maxAge, scope, inheritMaxAge } = given;
  const isWhole = typeof maxAge === "number" && Number.isSafeInteger(maxAge) && maxAge >= 0;
  return {
    maxAge: maxAge === undefined || maxAge === null ? undefined : isWhole ? maxAge : 0,
    isPrivate: scope === "PRIVATE",
    inherits: inheritMaxAge === true,
  };
}

function stricter(one: CacheHint, other: CacheHint): CacheHint {
  const ages = [one.maxAge, other.maxAge].filter((age) => age !== undefined);
  return {
    maxAge: ages.length === 0 ? undefined : Math.min(...ages),
    isPrivate: one.isPrivate || other.isPrivate,
    inherits: one.inherits && other.inherits,
  };
}
