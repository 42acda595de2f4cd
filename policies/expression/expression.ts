/** CEL text → an expression that is known to be well typed. */
import type { ASTNode } from "@marcbachmann/cel-js";
import { didYouMean } from "#schema";
import { type Activation, environment, variables } from "./environment.ts";
import { calls, type Reads, readsOf } from "./reads.ts";

export interface Expression {
  readonly source: string;
  readonly reads: Reads;
  /** Throws what went wrong, such as a missing attribute, a division by zero or an operator for another type. */
  evaluate(activation: Activation): unknown;
}

/** What is wrong with a text, and after how many of its characters. */
export interface ExpressionFault {
  readonly message: string;
  readonly offset: number;
}

/** What the expression stands for: whether a policy holds, or the values that a filter lets through. */
export type ExpressionUse = "condition" | "values";

const types: Readonly<Record<ExpressionUse, { readonly accepted: RegExp; readonly expected: string }>> = {
  condition: { accepted: /^(?:bool|dyn)$/, expected: "true or false" },
  values: {
    accepted: /^(?:list<)?(?:string|int|double|bool|dyn)>?$/,
    expected: "a text, a number, true or false, or a list of them",
  },
};

/** Never throws. Guarantees that every variable and attribute exists and that operators fit the types that are known. */
export function parseExpression(source: string, use: ExpressionUse): Expression | ExpressionFault {
  let parsed: ReturnType<typeof environment.parse>;
  try {
    parsed = environment.parse(source);
  } catch (error) {
    return faultOf(error, source);
  }
  const { valid, type = "", error } = parsed.check();
  if (!valid) return faultOf(error, source);
  const { accepted, expected } = types[use];
  if (!accepted.test(type)) return { message: `This gives ${describe(type)}; expected ${expected}.`, offset: 0 };
  if (calls(parsed.ast, "matches")) {
    const message =
      "`matches` is not offered: a pattern can take for ever. Use startsWith, endsWith, contains or `in`.";
    return { message, offset: source.indexOf("matches") };
  }
  return { source, reads: readsOf(parsed.ast), evaluate: (activation) => evaluate(parsed, source, activation) };
}

function evaluate(parsed: (activation: object) => unknown, source: string, activation: Activation): unknown {
  try {
    return parsed({ ...activation });
  } catch (error) {
    const { code = "error", range } = (error ?? {}) as CelError;
    const where = range === undefined ? source : source.slice(range.start, range.end);
    // The library's own words may quote a claim of the caller; the policy's text and the kind of error do not.
    throw new Error(`${code.replaceAll("_", " ")} in \`${where}\``);
  }
}

export function isFault(parsed: Expression | ExpressionFault): parsed is ExpressionFault {
  return "message" in parsed;
}

/** As the library's errors are: a code, a place in the text, the node that it is about. */
interface CelError {
  readonly code?: string;
  readonly summary?: string;
  readonly range?: { readonly start: number; readonly end: number };
  readonly node?: Partial<ASTNode>;
}

function faultOf(error: unknown, source: string): ExpressionFault {
  const { code, summary = "This is no expression.", range, node } = (error ?? {}) as CelError;
  const offset = range?.start ?? 0;
  if (code === "unknown_variable") {
    const name = /^\w+/.exec(source.slice(offset))?.[0] ?? "";
    const known = Object.keys(variables);
    return { message: `There is no \`${name}\` here.${hint(name, known)}`, offset };
  }
  if (code === "no_such_key") {
    const name = /^\w+/.exec(source.slice(offset))?.[0] ?? "";
    const variable = variableOf(node);
    const known = variable === undefined ? [] : Object.keys(variables[variable]);
    const message = `${variable === undefined ? "This" : `\`${variable}\``} has no attribute \`${name}\`.${hint(name, known)}`;
    return { message, offset };
  }
  return { message: sentence(summary), offset: source.trim() === "" ? 0 : offset };
}

function variableOf(node: Partial<ASTNode> | undefined): Exclude<keyof typeof variables, "purpose"> | undefined {
  if (node?.op !== "." || !Array.isArray(node.args)) return undefined;
  const of = node.args[0] as Partial<ASTNode>;
  const name = of.op === "id" ? of.args : undefined;
  return name === "principal" || name === "context" || name === "resource" ? name : undefined;
}

function hint(name: string, known: readonly string[]): string {
  const meant = didYouMean(name, known);
  return meant !== "" || known.length === 0 ? meant : ` There are: ${known.join(", ")}.`;
}

function sentence(summary: string): string {
  const text = summary.replaceAll("$", "").replaceAll("dyn<", "<");
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

function describe(type: string): string {
  return `a value of type ${type.replaceAll("$", "")}`;
}
