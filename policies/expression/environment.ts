/**
 * The words of conditions: CEL (https://github.com/google/cel-spec) over who asks, why, when and for what. Everything has
 * a type, so that a misspelt attribute is found when the policy is read and not when somebody asks.
 */
import { Environment } from "@marcbachmann/cel-js";

/** Variable → its attributes and their CEL types; a plain type for a variable without attributes. */
export const variables = {
  principal: {
    id: "string",
    kind: "string",
    roles: "list<string>",
    purposes: "list<string>",
    attributes: "map<string, dyn>",
  },
  purpose: "string",
  context: { time: "google.protobuf.Timestamp" },
  resource: {
    coordinate: "string",
    product: "string",
    domain: "string",
    pii: "list<string>",
    classification: "string",
    purposes: "list<string>",
    tags: "list<string>",
  },
} as const satisfies Readonly<Record<string, string | Readonly<Record<string, string>>>>;

/** The values of the variables for one caller, minute and coordinate. */
export interface Activation {
  readonly principal: {
    readonly id: string;
    readonly kind: string;
    readonly roles: readonly string[];
    readonly purposes: readonly string[];
    readonly attributes: Readonly<Record<string, unknown>>;
  };
  /** "" for none. */
  readonly purpose: string;
  readonly context: { readonly time: Date };
  readonly resource: Readonly<Record<keyof typeof variables.resource, string | readonly string[]>>;
}

/** Bounded: no expression of a policy needs more, and none can take long. */
const limits = { maxAstNodes: 1_000, maxDepth: 50, maxListElements: 1_000, maxMapEntries: 100, maxCallArguments: 16 };

export const environment: Environment = Object.entries(variables).reduce(
  (env, [name, type]) =>
    typeof type === "string" ? env.registerVariable(name, type) : env.registerVariable({ name, schema: { ...type } }),
  new Environment({ limits }),
);
