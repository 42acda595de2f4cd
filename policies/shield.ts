/**
 * graphql-shield and graphql-middleware, made loadable. No other file may name either package.
 *
 * The released shield calls `util.isUndefined`, which Node removed in version 23: its ES module build names it in an
 * import and cannot be linked at all, its CommonJS build only touches it when a `chain` or a `race` runs. So the
 * CommonJS build is loaded here, with the missing function put back before. graphql-middleware has to come from the
 * same module system, because it recognises shield's output with `instanceof` on its own copy of a class.
 */
import { createRequire } from "node:module";
import type { GraphQLResolveInfo } from "graphql";

const require = createRequire(import.meta.url);

const util = require("node:util") as { isUndefined?: (value: unknown) => boolean };
util.isUndefined ??= (value) => value === undefined;

type Shield = typeof import("graphql-shield");
type Middleware = typeof import("graphql-middleware");

const fromShield = require("graphql-shield") as Shield;
const fromMiddleware = require("graphql-middleware") as Middleware;

export const shield: Shield["shield"] = fromShield.shield;
export const rule: Shield["rule"] = fromShield.rule;
export const and: Shield["and"] = fromShield.and;
export const or: Shield["or"] = fromShield.or;
export const not: Shield["not"] = fromShield.not;
export const chain: Shield["chain"] = fromShield.chain;
export const race: Shield["race"] = fromShield.race;
export const allow: Shield["allow"] = fromShield.allow;
export const deny: Shield["deny"] = fromShield.deny;
export const applyMiddleware: Middleware["applyMiddleware"] = fromMiddleware.applyMiddleware;

/** A rule or a combination of rules. */
export type ShieldRule = Parameters<Shield["and"]>[number];

/** What runs around a resolver; `resolve` calls the resolver with whatever is not given anew. */
export type FieldMiddleware<Context> = (
  resolve: (parent?: unknown, args?: unknown, context?: unknown, info?: GraphQLResolveInfo) => Promise<unknown>,
  parent: unknown,
  args: unknown,
  context: Context,
  info: GraphQLResolveInfo,
) => Promise<unknown>;
