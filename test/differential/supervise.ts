/** The unsplit schema, executed as if some of its fields were served by subgraphs that fail, or governed by policies. */
import {
  defaultFieldResolver,
  type ExecutionResult,
  execute,
  type GraphQLOutputType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  isListType,
  isNonNullType,
  isObjectType,
  parse,
} from "graphql";
import { compileMask } from "#policies";
import type { Decisions } from "../../gateway/execution/executor.ts";
import type { Oracle } from "./expected-failures.ts";
import type { RandomOperation } from "./operations.ts";
import type { World } from "./world.ts";

export interface Supervision {
  readonly oracle?: Oracle | undefined;
  readonly decisions?: Decisions | undefined;
}

/** Thrown for a field that a subgraph should have delivered. */
export class FailedField extends Error {
  readonly subgraphs: ReadonlySet<string>;

  constructor(subgraphs: ReadonlySet<string>) {
    super(`failed: ${[...subgraphs].join(", ")}`);
    this.subgraphs = subgraphs;
  }
}

export interface Supervised {
  execute(operation: RandomOperation, createSupervision: () => Supervision): Promise<ExecutionResult>;
  /**
   * The same where every field may be null: everything that goes wrong has its own error at its own path, what must not be
   * null included, since nothing propagates.
   */
  executeLeniently(operation: RandomOperation, createSupervision: () => Supervision): Promise<ExecutionResult>;
}

export function superviseWorld(world: World): Supervised {
  const strict = supervise(world.createMonolith({ lenient: false }), world.monolith, false);
  const lenient = supervise(world.createMonolith({ lenient: true }), world.monolith, true);
  const run = async (
    schema: GraphQLSchema,
    { query, variables }: RandomOperation,
    supervision: Supervision,
  ): Promise<ExecutionResult> =>
    execute({ schema, document: parse(query), variableValues: variables, contextValue: supervision });
  return {
    execute: (operation, createSupervision) => run(strict, operation, createSupervision()),
    executeLeniently: (operation, createSupervision) => run(lenient, operation, createSupervision()),
  };
}

/** `real` has the types that hold for clients. */
function supervise(schema: GraphQLSchema, real: GraphQLSchema, isLenient: boolean): GraphQLSchema {
  for (const type of Object.values(schema.getTypeMap())) {
    const realType = real.getType(type.name);
    if (!isObjectType(type) || !isObjectType(realType) || type.name.startsWith("__")) continue;
    for (const field of Object.values(type.getFields())) {
      const fieldType = realType.getFields()[field.name]?.type ?? field.type;
      const original = field.resolve ?? defaultFieldResolver;
      field.resolve = (source: unknown, args, context: Supervision, info: GraphQLResolveInfo) => {
        const decision = context.decisions?.get(`${type.name}.${field.name}`);
        if (decision?.effect === "deny") throw new Error(`${type.name}.${field.name} is denied`);
        const resolve = (): unknown => {
          if (decision?.effect === "null") return null;
          const fate = context.oracle?.fateOf(source, info);
          if (fate?.kind === "fails") throw new FailedField(fate.subgraphs);
          const resolved = fate?.kind === "unknown" ? null : original(source, args, context, info);
          const value = context.oracle === undefined ? resolved : withTypes(resolved, source, info, context.oracle, []);
          return decision?.effect === "mask" && value !== null ? compileMask(decision, fieldType)(value) : value;
        };
        return isLenient ? withErrors(resolve(), fieldType) : resolve();
      };
    }
  }
  return schema;
}

/** A value in which every object whose type cannot be told is an error. */
function withTypes(
  value: unknown,
  source: unknown,
  info: GraphQLResolveInfo,
  oracle: Oracle,
  positions: readonly number[],
): unknown {
  if (Array.isArray(value)) {
    return value.map((item, index) => withTypes(item, source, info, oracle, [...positions, index]));
  }
  if (typeof value !== "object" || value === null) return value;
  const fate = oracle.fateOfType(source, info, value, positions);
  if (fate.kind === "succeeds") return value;
  return fate.kind === "fails" ? new FailedField(fate.subgraphs) : new Error("of an unknown type");
}

/** A value in which every null that must not be is an error. */
function withErrors(value: unknown, type: GraphQLOutputType): unknown {
  if (isNonNullType(type)) {
    return value === null || value === undefined ? new Error("may not be null") : withErrors(value, type.ofType);
  }
  return isListType(type) && Array.isArray(value) ? value.map((item) => withErrors(item, type.ofType)) : value;
}
