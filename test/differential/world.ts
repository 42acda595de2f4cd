/**
 * A random graph and a random way to cut it: entity types with simple, compound, nested and several keys, not all of which
 * every subgraph knows; value types whose fields lie in different subgraphs or in all of them; interfaces and unions of
 * which each subgraph knows a part; `@interfaceObject`, `@requires` (with arguments, nested), `@provides`, `@override` with
 * labels, `@context`, `@inaccessible` keys, custom scalars, arguments, mutations.
 *
 * The monolith and the subgraphs resolve from the same rows, so the cut must not be visible in any answer.
 */
import { buildSubgraphSchema } from "@apollo/subgraph";
import { buildSchema, type GraphQLSchema, parse } from "graphql";
import { createRandom } from "./random.ts";
import { drawModel } from "./world/draw-model.ts";
import { allEntities, fieldsOf, type Model } from "./world/model.ts";
import { printMonolith, printSubgraph } from "./world/print-schemas.ts";
import { attachResolvers, createSource, type Faults, referenceResolvers } from "./world/resolvers.ts";

export interface World {
  readonly monolith: GraphQLSchema;
  readonly subgraphs: readonly { readonly name: string; readonly sdl: string; readonly schema: GraphQLSchema }[];
  /** What goes wrong; nothing at first. */
  readonly faults: Faults;
  /** Fields of rows that may fail without touching what federation itself must be able to read. */
  readonly mayFail: readonly string[];
  /** Fields that others require, as `Type.field`. */
  readonly required: ReadonlySet<string>;
  /** Every entity at every subgraph. */
  readonly entities: readonly string[];
  /** Types that one subgraph alone knows of an object, see `@interfaceObject`. */
  readonly typeOwners: ReadonlyMap<string, string>;
  /** The mutations that have run, in the monolith and in subgraphs. */
  readonly log: string[];
  /** Labels of progressive overrides. */
  readonly labels: readonly string[];
  /** Another monolith of the same rows; in a lenient one every field may be null. */
  createMonolith(options: { readonly lenient: boolean }): GraphQLSchema;
}

export function createWorld(seed: number): World {
  const random = createRandom(seed);
  const model = drawModel(random);
  const source = createSource(model, random);
  const monolithSdl = printMonolith(model);
  const createMonolith = ({ lenient }: { readonly lenient: boolean }): GraphQLSchema => {
    const schema = buildSchema(lenient ? monolithSdl.replace(/^(type|interface).*$/gm, withoutBangs) : monolithSdl);
    attachResolvers(schema, source, true);
    return schema;
  };
  const subgraphs = model.subgraphs.flatMap((name) => {
    const sdl = printSubgraph(model, name);
    if (sdl === undefined) return [];
    const resolvers = Object.fromEntries(
      Object.entries(referenceResolvers(source, name)).filter(([type]) =>
        new RegExp(`^(type|interface) ${type}\\b`, "m").test(sdl),
      ),
    );
    const schema = buildSubgraphSchema([{ typeDefs: parse(sdl), resolvers: resolvers as never }]);
    attachResolvers(schema, source, false);
    return [{ name, sdl, schema }];
  });
  return {
    monolith: createMonolith({ lenient: false }),
    subgraphs,
    faults: source.faults,
    mayFail: listMayFail(model),
    required: new Set(
      model.entities.flatMap(({ name, fields }) =>
        fields.flatMap(({ requires }) => (requires === undefined ? [] : `${name}.${requires.field}`)),
      ),
    ),
    entities: model.subgraphs.flatMap((name) =>
      [...source.rows].flatMap(([type, rows]) => rows.map(({ row }) => `${name} ${type}#${row}`)),
    ),
    typeOwners: new Map(model.item?.implementations.map(({ name }) => [name, model.item?.owner ?? ""] as const) ?? []),
    log: source.log,
    labels: model.entities.flatMap(({ fields }) => fields.flatMap(({ override }) => override?.label ?? [])),
    createMonolith,
  };
}

/**
 * Not keys, nor anything that a subgraph must give even if the client does not ask for it: what others require, and the
 * fields of an interface object, which are fetched for all types when one of them is asked.
 */
function listMayFail(model: Model): string[] {
  return allEntities(model).flatMap((entity) => {
    const read = [
      ...entity.fields.map((field) => field.requires?.field),
      ...(model.item?.fields ?? []).map(({ name }) => name),
    ];
    return fieldsOf(model, entity)
      .filter(({ name, type }) => name !== "tone" && !(read.includes(name) && type.endsWith("!")))
      .flatMap(({ name }) => Array.from({ length: 4 }, (_, row) => `${entity.name}.${name}#${row}`));
  });
}

/** Outside of arguments, which keep theirs; there are none with a non-null type. */
function withoutBangs(definition: string): string {
  return definition.replaceAll("!", "");
}
