import { type GraphQLSchema, isInputObjectType, isInterfaceType, isObjectType } from "graphql";

/**
 * Coordinates of types and fields whose name has the text in it, whatever its case; exact names come first, then those
 * that begin with it, types before fields. Introspection's own types are left out.
 */
export function searchSchema(schema: GraphQLSchema, text: string, limit: number): readonly string[] {
  const wanted = text.trim().toLowerCase();
  const found: { coordinate: string; rank: number }[] = [];
  const offer = (coordinate: string, name: string): void => {
    const at = name.toLowerCase().indexOf(wanted);
    const whole = coordinate.toLowerCase().indexOf(wanted);
    if (at < 0 && whole < 0) return;
    const closeness = name.length === wanted.length && at === 0 ? 0 : at === 0 ? 1 : 2;
    found.push({ coordinate, rank: closeness * 2 + (coordinate === name ? 0 : 1) });
  };
  for (const type of Object.values(schema.getTypeMap())) {
    if (type.name.startsWith("__")) continue;
    offer(type.name, type.name);
    if (isObjectType(type) || isInterfaceType(type) || isInputObjectType(type)) {
      for (const name of Object.keys(type.getFields())) offer(`${type.name}.${name}`, name);
    }
  }
  return found
    .toSorted((a, b) => a.rank - b.rank || a.coordinate.localeCompare(b.coordinate))
    .slice(0, limit)
    .map(({ coordinate }) => coordinate);
}
