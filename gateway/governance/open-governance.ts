/**
 * A supergraph and policies → the rules as the gateway builds them, for tools that ask without running anything: explain,
 * test and report.
 */
import { type DocumentNode, type GraphQLSchema, getOperationAST, parse, validate } from "graphql";
import {
  type Caller,
  createExplainField,
  createRules,
  decideField,
  type ExplainedField,
  type GovernedCoordinate,
  type Policy,
  type RowDecision,
  type Rules,
  readGovernedCoordinates,
  settleDecision,
} from "#policies";
import { findCertainDenial } from "./certain-denial.ts";
import { type GovernedFields, readGovernedFields } from "./governed-fields.ts";
import { reachedFields } from "./reached-fields.ts";

export interface ExplainedOperation {
  /** The whole request is refused, with these words. */
  readonly refused: string | undefined;
  /** Every field that the operation can get and that something governs, sorted. */
  readonly fields: readonly ExplainedField[];
  /** The others. */
  readonly ungoverned: readonly string[];
  /** Types of whose rows a policy speaks; `shadow`: what it would be with the policies in shadow mode, where there are any. */
  readonly rows: readonly {
    readonly type: string;
    readonly decision: RowDecision;
    readonly shadow: RowDecision | undefined;
  }[];
}

export interface OpenGovernance {
  readonly coordinates: readonly GovernedCoordinate[];
  readonly rules: Rules;
  /** Fields that clients can reach, with their rules. */
  readonly fields: GovernedFields;
  /** Throws a GraphQLError for a text that is not valid against the graph. */
  explainOperation(caller: Caller, query: string, operationName?: string): ExplainedOperation;
  /** Of any coordinate of the graph; undefined when there is no such field. */
  explainField(caller: Caller, coordinate: string): ExplainedField | undefined;
}

export async function openGovernance(supergraphSdl: string, policies: readonly Policy[]): Promise<OpenGovernance> {
  // Only who asks for it loads it.
  const { Supergraph } = await import("@apollo/federation-internals");
  const apiSchema = Supergraph.build(supergraphSdl).apiSchema().toGraphQLJSSchema();
  const document = parse(supergraphSdl, { noLocation: true });
  const coordinates = readGovernedCoordinates(document);
  const rules = createRules(policies, coordinates);
  const fields = readGovernedFields(document, apiSchema, rules);
  const explain = createExplainField({ policies, coordinates });

  const explainReached = (caller: Caller, coordinate: string): ExplainedField => {
    const field = fields.get(coordinate);
    return explain(coordinate, field?.rules ?? [], caller, (decision) =>
      field === undefined ? decision : settleDecision(decision, field.type),
    );
  };

  return {
    coordinates,
    rules,
    fields,
    explainField(caller, coordinate) {
      const [type = "", name = ""] = coordinate.split(".");
      const found = apiSchema.getType(type);
      return found !== undefined && "getFields" in found && Object.hasOwn(found.getFields(), name)
        ? explainReached(caller, coordinate)
        : undefined;
    },
    explainOperation(caller, query, operationName) {
      const text = parse(query);
      const [error] = validate(apiSchema, text);
      if (error !== undefined) throw error;
      const operation = getOperationAST(text, operationName);
      if (operation == null) throw new Error("The text has several operations: name one.");
      const reached = [...reachedFields(apiSchema, text, operation)].sort();
      const governed = reached.filter((coordinate) => fields.has(coordinate));
      const types = [...new Set(reached.map((coordinate) => coordinate.split(".")[0] ?? ""))];
      return {
        refused: findRefusal(apiSchema, text, operation, caller, governed, fields),
        fields: governed.map((coordinate) => explainReached(caller, coordinate)),
        ungoverned: reached.filter((coordinate) => !fields.has(coordinate)),
        rows: types.flatMap((type) => {
          const decision = rules.decideRows(caller, type);
          const shadow = rules.shadowRows(caller, type);
          if (decision === undefined && shadow === undefined) return [];
          return [{ type, decision: decision ?? allRows, shadow }];
        }),
      };
    },
  };
}

const allRows: RowDecision = { filters: [], minGroup: undefined, policies: [] };

function findRefusal(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: NonNullable<ReturnType<typeof getOperationAST>>,
  caller: Caller,
  governed: readonly string[],
  fields: GovernedFields,
): string | undefined {
  const decisions = new Map(
    governed.flatMap((coordinate) => {
      const field = fields.get(coordinate);
      if (field === undefined) return [];
      const decision = settleDecision(decideField(field.rules, caller), field.type);
      return decision.effect === "allow" ? [] : [[coordinate, decision] as const];
    }),
  );
  return findCertainDenial(schema, document, operation, decisions);
}
