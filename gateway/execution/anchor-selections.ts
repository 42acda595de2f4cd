/**
 * A measure against a fault of the planner: when everything below a field is under `@skip` or `@include`, it takes those
 * conditions for the field's own, does not fetch it where they do not hold, and a field that should be `{}` comes out as
 * null (`{ customers { id @skip(if: true) } }`). A selection that is under no condition keeps the field: such a field
 * gets `__typename` under a name of ours, which is taken out of the answer again.
 */
import { type DocumentNode, type FieldNode, Kind, type SelectionNode, visit } from "graphql";

export interface AnchoredDocument {
  /** The same object as given when nothing had to be done. */
  readonly document: DocumentNode;
  /** The response name to take out; undefined when nothing was put in. */
  readonly anchor: string | undefined;
}

/** Once per document. */
export function anchorSelections(document: DocumentNode): AnchoredDocument {
  const names = new Set<string>();
  let isConditional = false;
  visit(document, {
    Name: ({ value }) => void names.add(value),
    Directive: ({ name }) => {
      isConditional ||= name.value === "skip" || name.value === "include";
    },
  });
  if (!isConditional) return { document, anchor: undefined };

  let anchor = "mesh_anchor";
  while (names.has(anchor)) anchor = `${anchor}_`;
  let anchored = false;
  const changed = visit(document, {
    Field: {
      leave(field): FieldNode | undefined {
        const { selectionSet } = field;
        if (selectionSet === undefined || selectionSet.selections.some(isUnconditionalField)) return undefined;
        anchored = true;
        return {
          ...field,
          selectionSet: { ...selectionSet, selections: [...selectionSet.selections, typename(anchor)] },
        };
      },
    },
  });
  return anchored ? { document: changed, anchor } : { document, anchor: undefined };
}

/** Takes the anchor out of every object of the answer, in place: an executor's answer belongs to one request. */
export function removeAnchors(value: unknown, anchor: string): void {
  if (Array.isArray(value)) {
    for (const item of value) removeAnchors(item, anchor);
  } else if (typeof value === "object" && value !== null) {
    Reflect.deleteProperty(value, anchor);
    for (const inner of Object.values(value)) removeAnchors(inner, anchor);
  }
}

// A fragment may hold nothing but conditions, too: only a field counts.
function isUnconditionalField(selection: SelectionNode): boolean {
  return selection.kind === Kind.FIELD && (selection.directives ?? []).length === 0;
}

function typename(alias: string): FieldNode {
  return {
    kind: Kind.FIELD,
    alias: { kind: Kind.NAME, value: alias },
    name: { kind: Kind.NAME, value: "__typename" },
  };
}
