import { manifestJsonSchema } from "#schema";
import { type JsonSchema, keyTable, keyTablesOfAlike } from "./json-schema-keys.ts";
import { code, type Page, page } from "./page.ts";

/** Every key of `product.yaml`. */
export function manifestPage(): Page {
  const { $defs = {} } = manifestJsonSchema() as JsonSchema;
  const { DataProduct: product, ...definitions } = $defs;
  if (product?.properties === undefined) throw new Error("the manifest's JSON Schema has no DataProduct");
  const { metadata, spec } = product.properties;
  const { inputs, outputs, ...blocks } = spec?.properties ?? {};
  return page("manifest.md", "The manifest of a data product", "`schema/manifest/document/`", [
    "`product.yaml`, as it may be written; editors check it with `schema/manifest/data-product.schema.json`. Unknown keys " +
      "are refused, with the line and what was probably meant; keys that begin with `x-` are kept as they are. How the " +
      "keys work together: [Publish a data product](../guides/publish.md).",
    "The format names more than this version runs. A manifest that asks for an input of type `stream` or `rest`, for the " +
      "mode `cdc` or for another transformation than `none` and `sql` is read and checked, and its product fails with " +
      "`PRODUCT_NOT_SUPPORTED`. Outputs of the types `stream`, `sql` and `file`, checks and objectives are read and kept, " +
      "and nothing acts on them yet.",
    "`apiVersion: datamesh.io/v1` and `kind: DataProduct` stand at the top, then two blocks:",
    "## metadata",
    metadata?.description ?? "",
    keyTable(metadata ?? {}),
    ...variants("spec.inputs", inputs),
    ...variants("spec.outputs", outputs),
    "## Further blocks of spec",
    keyTable({ properties: blocks, required: spec?.required ?? [] }),
    ...Object.entries(definitions).flatMap(([name, definition]) => [
      `## ${name}`,
      definition.description ?? "",
      name in alike ? keyTablesOfAlike(mergeForms(definition)) : keyTable(definition),
    ]),
  ]);
}

/** A list whose entries are of several kinds, told by `type`: one table each. */
function variants(path: string, list: JsonSchema | undefined): readonly string[] {
  return [
    `## ${path}`,
    list?.description ?? "",
    ...(list?.items?.oneOf ?? []).flatMap((variant) => {
      const type = variant.properties?.type;
      const words = type?.enum ?? [type?.const];
      return [`### ${path}[], type ${words.map((word) => code(String(word))).join(" or ")}`, keyTable(variant)];
    }),
  ];
}

/** Definitions whose keys all hold blocks of one kind. */
const alike = { Check: true, Objectives: true };

/** The keys of all forms that a definition can have, as one block. */
function mergeForms({ anyOf, oneOf, properties }: JsonSchema): JsonSchema {
  if (properties !== undefined) return { properties };
  return { properties: Object.assign({}, ...(oneOf ?? anyOf ?? []).map((form) => form.properties ?? {})) };
}
