import { type ConstDirectiveNode, type DocumentNode, parse, visit } from "graphql";
import { type CoordinateDirectives, readMeshDirectives } from "#schema";
import type { CoordinateFacts, ProductFacts, SchemaFacts } from "./facts.ts";

/**
 * What the mesh's directives in a supergraph say, for whoever may read the schema. What is `@inaccessible` is not in the
 * API schema and therefore not told here either.
 */
export function readSchemaFacts(supergraphSdl: string): SchemaFacts {
  const document = parse(supergraphSdl, { noLocation: true });
  const hidden = hiddenCoordinates(document);
  const products = new Map<string, ProductFacts>();
  const coordinates: Record<string, CoordinateFacts> = {};
  for (const [coordinate, directives] of readMeshDirectives(document)) {
    if (hidden.has(coordinate) || hidden.has(coordinate.split(/[.(]/, 1)[0] ?? "")) continue;
    for (const { name, domain, version, owner } of directives.products) {
      products.set(name, { name, domain, version, ...(owner === undefined ? {} : { owner }) });
    }
    coordinates[coordinate] = factsOf(directives);
  }
  return { products: [...products.values()].sort((a, b) => a.name.localeCompare(b.name)), coordinates };
}

function factsOf({ products, pii, classified, purposes, since, sunset }: CoordinateDirectives): CoordinateFacts {
  const end = sunset.find(({ date }) => date !== undefined)?.date;
  const replacedBy = sunset.find((mark) => mark.replacedBy !== undefined)?.replacedBy;
  const firstSince = since[0];
  return {
    ...(products.length === 0 ? {} : { products: products.map(({ name }) => name) }),
    ...(pii.length === 0 ? {} : { personalData: pii.map(({ category }) => category) }),
    ...(classified === undefined ? {} : { classification: classified }),
    ...(purposes === undefined ? {} : { purposes }),
    ...(firstSince === undefined ? {} : { since: firstSince }),
    ...(end === undefined ? {} : { sunset: end }),
    ...(replacedBy === undefined ? {} : { replacedBy }),
  };
}

/** Types, fields and enum values with `@inaccessible` (Apollo Federation; supergraphs use the name unrenamed). */
function hiddenCoordinates(document: DocumentNode): ReadonlySet<string> {
  const hidden = new Set<string>();
  let type = "";
  const isHidden = (directives: readonly ConstDirectiveNode[] | undefined): boolean =>
    directives?.some(({ name }) => name.value === "inaccessible") ?? false;
  const enterType = (node: { name: { value: string }; directives?: readonly ConstDirectiveNode[] }): void => {
    type = node.name.value;
    if (isHidden(node.directives)) hidden.add(type);
  };
  const enterMember = (node: { name: { value: string }; directives?: readonly ConstDirectiveNode[] }): void => {
    if (isHidden(node.directives)) hidden.add(`${type}.${node.name.value}`);
  };
  visit(document, {
    ObjectTypeDefinition: enterType,
    InterfaceTypeDefinition: enterType,
    InputObjectTypeDefinition: enterType,
    EnumTypeDefinition: enterType,
    FieldDefinition: enterMember,
    EnumValueDefinition: enterMember,
    InputValueDefinition(node, _key, parent, _path, ancestors) {
      // An input object's field is its member; a field's argument is named under that field.
      const owner = ancestors.at(-1);
      const field = owner !== undefined && "kind" in owner && owner.kind === "FieldDefinition" ? owner : undefined;
      if (parent === undefined || !isHidden(node.directives)) return;
      hidden.add(
        field === undefined ? `${type}.${node.name.value}` : `${type}.${field.name.value}(${node.name.value}:)`,
      );
    },
  });
  return hidden;
}
