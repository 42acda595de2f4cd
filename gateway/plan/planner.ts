/**
 * An operation in, its `Plan` out. The planner is `@apollo/query-planner`; the passes before and after it are the
 * measures that its known faults need, in the order in which they have to run:
 *
 *   supergraph: order-keys → synthetic-fields → their planner
 *   operation:  conditions → defer → hide-fields → reserved-names → their planner → read-plan → order-contexts
 *               → synthetic-fields → split-fetches → resolvable-fields → known-types
 */

import { defaultPrintOptions, operationFromDocument, printSchema, Supergraph } from "@apollo/federation-internals";
import { QueryPlanner } from "@apollo/query-planner";
import {
  type DocumentNode,
  type GraphQLSchema,
  isInterfaceType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  parse,
} from "graphql";
import { buildApiSchema, buildSupergraphSchema } from "./build-schemas.ts";
import { collectVariablesOnce } from "./collect-variables.ts";
import { decideConditions } from "./conditions.ts";
import { decideDefer, withDefer } from "./defer.ts";
import { findOperation } from "./find-operation.ts";
import { hideFields } from "./hide-fields.ts";
import { dropKnownTypenames, findKnownTypes, type KnownTypes } from "./known-types.ts";
import { orderContexts } from "./order-contexts.ts";
import { orderKeys } from "./order-keys.ts";
import { fetchesOf, freezeDeep, mapFetches, type Plan } from "./plan.ts";
import { readPossibleTypes } from "./possible-types.ts";
import { withPurpose } from "./purpose.ts";
import { readPlan } from "./read-plan.ts";
import { applyReservedNames, createReservedNames, type ReservedNames } from "./reserved-names.ts";
import { assertFieldsPlanned } from "./resolvable-fields.ts";
import { type SyntheticNeeds, splitFetch } from "./split-fetches.ts";
import { addSyntheticFields, translateSyntheticFields } from "./synthetic-fields.ts";

export interface PlannedOperation {
  readonly plan: Plan;
  /** The client's document with its conditions decided; hidden fields are in it, since the answer has a place for them. */
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly knownTypes: KnownTypes;
  /** How the client's fields are called inside the mesh. */
  readonly names: ReservedNames;
}

export interface Planner {
  /** What clients may ask for. */
  readonly apiSchema: GraphQLSchema;
  /** The API schema's definitions: `buildApiSchema` makes an equal one of them, wherever the planner is. */
  readonly apiSdl: string;
  /** With everything inaccessible and every subgraph's types; knows which object is of which abstract type. */
  readonly supergraphSchema: GraphQLSchema;
  /** The labels of progressive `@override`s; each is off unless `plan` is told otherwise. */
  readonly overrideLabels: readonly string[];
  /**
   * Guarantees a frozen plan that answers the whole operation. The document must be valid against `apiSchema`.
   * Throws a GraphQLError (`FIELD_NOT_RESOLVABLE`) for a field that no fetch delivers, and whatever the planner throws.
   * Costs milliseconds, hundreds for hard operations: cache it and keep it off a busy event loop.
   */
  plan(document: DocumentNode, options?: PlanOptions): PlannedOperation;
}

export interface PlanOptions {
  readonly operationName?: string | undefined;
  /** Of the variables in `@skip` and `@include`, defaults applied; false where it says nothing. */
  readonly conditions?: ReadonlyMap<string, boolean> | undefined;
  readonly overrides?: ReadonlyMap<string, boolean> | undefined;
  /** Coordinates of object types, `Customer.salary`, that must not be asked for. */
  readonly hidden?: ReadonlySet<string> | undefined;
}

const noHidden: ReadonlySet<string> = new Set();

/** Takes 0.1 to 0.4 s. Throws when the text is no supergraph. */
export function createPlanner(supergraphSdl: string): Planner {
  collectVariablesOnce();
  const source = parse(supergraphSdl, { noLocation: true });
  const supergraphSchema = buildSupergraphSchema(source);
  const synthetic = addSyntheticFields(orderKeys(source));
  // One serves both unless it has fields that clients must not see.
  const isOne = synthetic.fieldByName.size === 0;
  const supergraph = Supergraph.build(synthetic.supergraph, { supportedFeatures: null, validateSupergraph: isOne });
  const apiSupergraph = isOne
    ? supergraph
    : Supergraph.build(source, { supportedFeatures: null, validateSupergraph: true });
  // Operations are read against the schema with synthetic fields; clients are held to `apiSchema`, which has none.
  const operationSchema = supergraph.apiSchema();
  const planner = new QueryPlanner(supergraph, { reuseQueryFragments: false });
  const needs = readNeeds(synthetic.supergraph, synthetic.fieldByName);
  const fieldNames = collectFieldNames(supergraphSchema);
  const printed = printSchema(apiSupergraph.apiSchema(), { ...defaultPrintOptions, mergeTypesAndExtensions: true });
  const apiSdl = withPurpose(withDefer(printed));
  const apiSchema = buildApiSchema(apiSdl);
  const possibleTypes = readPossibleTypes(source, supergraphSchema);

  return {
    apiSchema,
    apiSdl,
    supergraphSchema,
    overrideLabels: collectOverrideLabels(source),
    plan(clientDocument, options = {}) {
      const document = decideConditions(clientDocument, options.conditions ?? new Map());
      const operation = findOperation(document, options.operationName);
      const names = createReservedNames(fieldNames);
      // What comes later has to be fetched all the same.
      const asked = hideFields(apiSchema, decideDefer(document, undefined), options.hidden ?? noHidden);
      const askedOperation = findOperation(asked, options.operationName);
      const renamed = applyReservedNames(asked, askedOperation, names);
      const theirs = planner.buildQueryPlan(operationFromDocument(operationSchema, renamed, { validate: false }), {
        ...(options.overrides && { overrideConditions: new Map(options.overrides) }),
      });
      const read = readPlan(theirs, askedOperation);
      let next = fetchesOf(read.root).length;
      const root =
        read.root &&
        mapFetches(orderContexts(read.root), (fetch) =>
          splitFetch(translateSyntheticFields(fetch, synthetic.fieldByName), needs, () => next++),
        );
      assertFieldsPlanned({
        document: asked,
        operation: askedOperation,
        names,
        root,
        supergraphSchema,
        apiSchema,
        possibleTypes,
      });
      const knownTypes = findKnownTypes(root, supergraphSchema);
      const plan = freezeDeep({ ...read, root: dropKnownTypenames(root, knownTypes) });
      return { plan, document, operation, names, knownTypes };
    },
  };
}

function collectFieldNames(schema: GraphQLSchema): ReadonlySet<string> {
  const names = new Set<string>();
  for (const type of Object.values(schema.getTypeMap())) {
    if (isObjectType(type) || isInterfaceType(type)) for (const name of Object.keys(type.getFields())) names.add(name);
  }
  return names;
}

function collectOverrideLabels(document: DocumentNode): readonly string[] {
  const labels = new Set<string>();
  eachJoinField(document, (_type, _field, args) => {
    const label = args.get("overrideLabel");
    if (label !== undefined) labels.add(label);
  });
  return [...labels].sort();
}

function readNeeds(document: DocumentNode, fieldByName: ReadonlyMap<string, unknown>): SyntheticNeeds {
  const none: ReadonlySet<string> = new Set();
  const needs = new Map<string, ReadonlySet<string>>();
  const subgraphByGraph = readGraphNames(document);
  eachJoinField(document, (type, field, args) => {
    const used = (args.get("requires") ?? "").split(/[^\w]+/).filter((word) => fieldByName.has(word));
    if (used.length > 0) needs.set(`${subgraphByGraph.get(args.get("graph") ?? "")} ${type}.${field}`, new Set(used));
  });
  return (subgraph, type, field) => needs.get(`${subgraph} ${type}.${field}`) ?? none;
}

/** `REVIEWS` → `reviews`, from `enum join__Graph`. */
function readGraphNames(document: DocumentNode): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const node of document.definitions) {
    if (node.kind !== Kind.ENUM_TYPE_DEFINITION || node.name.value !== "join__Graph") continue;
    for (const value of node.values ?? []) {
      const name = value.directives?.[0]?.arguments?.find((argument) => argument.name.value === "name")?.value;
      names.set(value.name.value, name?.kind === Kind.STRING ? name.value : value.name.value);
    }
  }
  return names;
}

function eachJoinField(
  document: DocumentNode,
  visitField: (type: string, field: string, args: ReadonlyMap<string, string>) => void,
): void {
  for (const node of document.definitions) {
    if (node.kind !== Kind.OBJECT_TYPE_DEFINITION && node.kind !== Kind.INTERFACE_TYPE_DEFINITION) continue;
    for (const field of node.fields ?? []) {
      for (const directive of field.directives ?? []) {
        if (directive.name.value !== "join__field") continue;
        const args = (directive.arguments ?? []).flatMap(({ name, value }) =>
          value.kind === Kind.STRING || value.kind === Kind.ENUM ? [[name.value, value.value] as const] : [],
        );
        visitField(node.name.value, field.name.value, new Map(args));
      }
    }
  }
}
