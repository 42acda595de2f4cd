/**
 * Text of generated functions.
 *
 * Safe for any schema and any operation: names reach the text only through `property`, which lets nothing but GraphQL
 * names pass, and `literal`, which is JSON; every other value is a constant handed in by reference.
 */
import { hasOwnValue } from "./own.ts";

export interface Code {
  /** A name in the generated text for a value. */
  constant(value: unknown): string;
  /** A name that is not used yet. */
  fresh(prefix: string): string;
  define(name: string, parameters: readonly string[], body: string): void;
  /** Evaluates everything defined and returns the functions of these names. */
  build<T>(names: readonly string[]): readonly T[];
}

export function createCode(): Code {
  const constants = new Map<unknown, string>();
  const functions: string[] = [];
  let next = 0;
  return {
    constant(value) {
      const known = constants.get(value);
      if (known !== undefined) return known;
      const name = `k${constants.size}`;
      constants.set(value, name);
      return name;
    },
    fresh: (prefix) => `${prefix}${next++}`,
    define(name, parameters, body) {
      functions.push(`function ${name}(${parameters.join(",")}){${body}}`);
    },
    build<T>(names: readonly string[]) {
      const text = `"use strict";${functions.join("\n")}\nreturn [${names.join(",")}]`;
      const evaluate = new Function(...constants.values(), text) as (...values: unknown[]) => readonly T[];
      return evaluate(...constants.keys());
    },
  };
}

const graphqlName = /^[_A-Za-z][_0-9A-Za-z]*$/;

/** An expression for an object's own property; undefined when the object lacks it, whatever Object.prototype has. */
export function property(code: Code, object: string, name: string): string {
  if (!graphqlName.test(name)) throw new Error(`${JSON.stringify(name)} is not a GraphQL name.`);
  if (name in Object.prototype) return `${code.constant(hasOwnValue)}(${object},${literal(name)})`;
  return `${object}.${name}`;
}

/** A string literal; JSON is a subset of JavaScript. */
export function literal(text: string): string {
  return JSON.stringify(text);
}
