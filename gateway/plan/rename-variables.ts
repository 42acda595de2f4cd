import { Kind, parse, print, visit } from "graphql";
import type { Fetch, FieldSelection, Selection } from "./plan.ts";

/** The same fetch with some of its variables under other names, wherever they are declared or used. */
export function renameVariables(fetch: Fetch, newNames: ReadonlyMap<string, string>): Fetch {
  const newName = (name: string): string => newNames.get(name) ?? name;
  const rename = (selection: Selection): Selection => {
    const selections = selection.selections?.map(rename);
    if (selection.kind === "fragment") return { ...selection, selections: selections ?? [] };
    return { ...renameIn(selection, newName), selections };
  };
  return {
    ...fetch,
    selections: fetch.selections.map(rename),
    variables: fetch.variables.map((variable) => ({ ...variable, name: newName(variable.name) })),
  };
}

function renameIn(field: FieldSelection, newName: (name: string) => string): FieldSelection {
  if (!field.args.includes("$")) return field;
  // Strings may hold anything, a dollar sign too, so the text is read rather than searched.
  const document = visit(parse(`{f${field.args}}`, { noLocation: true }), {
    Variable: ({ name }) => ({ kind: Kind.VARIABLE, name: { kind: Kind.NAME, value: newName(name.value) } }),
  });
  const [definition] = document.definitions;
  const [selection] = definition?.kind === Kind.OPERATION_DEFINITION ? definition.selectionSet.selections : [];
  const args = selection?.kind === Kind.FIELD ? (selection.arguments ?? []).map((argument) => print(argument)) : [];
  return { ...field, args: `(${args.join(",")})` };
}
