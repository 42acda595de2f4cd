/**
 * Schema + rules → the same schema with the rules around its governed fields: enforcement inside a subgraph.
 *
 * For each governed field, graphql-shield's middleware asks the rule and runs the resolver only when it passes; the mask
 * is put on what the resolver returned. Fields without a rule keep the resolver they have: shield would wrap every field
 * of the schema, so only its output for governed fields is taken.
 */
import {
  type GraphQLError,
  type GraphQLOutputType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  getNamedType,
  isLeafType,
  isNonNullType,
  isObjectType,
} from "graphql";
import type { ReachedField } from "./audit/describe-access.ts";
import type { FieldReads } from "./audit/field-reads.ts";
import type { Decision } from "./decision.ts";
import { decideField, fieldRules } from "./field-rules.ts";
import { compileResolverMask, settleDecision } from "./masking/apply-mask.ts";
import { type MaskSetup, noMaskSetup } from "./masking/mask-setup.ts";
import type { Caller } from "./principal.ts";
import { denialError, type GovernedRule, type RuleContext, type Rules } from "./rules.ts";
import { allow, and, applyMiddleware, type FieldMiddleware, rule, type ShieldRule, shield } from "./shield.ts";

/** How the middleware learns from a request's GraphQL context what it must know. */
export interface ContextAccess<Context> {
  caller(context: Context): Caller;
  /**
   * `here`: the values leave masked. `gateway`: the mesh's own gateway asks for this caller and puts the masks on after
   * its joins. Denials hold in both cases.
   */
  masking(context: Context): "here" | "gateway";
  /** Where the request's reads of governed fields are collected; undefined for a request that somebody else audits. */
  reads?(context: Context): FieldReads | undefined;
}

/**
 * Guarantees that no governed field, wherever an operation reaches it (through aliases, fragments, interfaces,
 * `_entities`), lets out more than its rules decide for the caller; that a field without a rule keeps its resolver; and
 * that the schema stays a federation subgraph. The given schema is not changed.
 */
export function governSchema<Context>(
  schema: GraphQLSchema,
  rules: Rules,
  access: ContextAccess<Context>,
  masks: MaskSetup = noMaskSetup,
): GraphQLSchema {
  const shieldRules: Record<string, Record<string, ShieldRule>> = {};
  const governedFields = new Map<string, readonly GovernedRule[]>();
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith("__")) continue;
    const interfaces = type.getInterfaces().map(({ name }) => name);
    const rulesOfType: Record<string, ShieldRule> = {};
    for (const field of Object.values(type.getFields())) {
      const governing = fieldRules(rules, type.name, interfaces, field.name);
      if (governing.length === 0) continue;
      const coordinate = `${type.name}.${field.name}`;
      governedFields.set(coordinate, governing);
      rulesOfType[field.name] = shieldRuleFor(coordinate, governing, field.type);
    }
    if (Object.keys(rulesOfType).length > 0) shieldRules[type.name] = rulesOfType;
  }
  if (governedFields.size === 0) return schema;

  const guards = shield(shieldRules, { fallbackRule: allow, allowExternalErrors: true }).generate(schema) as Guards;
  const middleware: Record<string, Record<string, FieldMiddleware<Context>>> = {};
  for (const [typeName, fieldRulesByName] of Object.entries(shieldRules)) {
    const fields: Record<string, FieldMiddleware<Context>> = {};
    for (const fieldName of Object.keys(fieldRulesByName)) {
      const guard = guards[typeName]?.[fieldName];
      const governing = governedFields.get(`${typeName}.${fieldName}`);
      if (guard === undefined || governing === undefined) throw new Error(`No guard for ${typeName}.${fieldName}`);
      const coordinate = `${typeName}.${fieldName}`;
      const guarding = typeof guard === "function" ? guard : guard.resolve;
      fields[fieldName] = enforce(guarding, coordinate, governing, access, masks);
    }
    middleware[typeName] = fields;
  }
  return applyMiddleware(schema, middleware);
}

/** What shield generates: a function for a rule, an object around one for a combination of rules. */
type Guards = Readonly<Record<string, Readonly<Record<string, Guard | { readonly resolve: Guard }>>>>;
type Guard = FieldMiddleware<RuleContext>;

function enforce<Context>(
  guard: Guard,
  coordinate: string,
  governing: readonly GovernedRule[],
  access: ContextAccess<Context>,
  setup: MaskSetup,
): FieldMiddleware<Context> {
  const masks = createMaskCache(setup);
  const names: ReachedField = [coordinate, ...governing.map((governed) => governed.coordinate)];
  return (resolve, parent, args, context, info) => {
    const caller = access.caller(context);
    const reads = access.reads?.(context);
    const decision = reads && settleDecision(decideField(governing, caller), info.returnType);
    // The resolver of a denied field never runs.
    if (decision?.effect === "deny") reads?.add(names, decision, true);
    const guarded = async (): Promise<unknown> => {
      const value: unknown = await resolve(parent, args, context, info);
      if (decision !== undefined) reads?.add(names, decision, value === null || value === undefined);
      if (access.masking(context) === "gateway") return value;
      return masks(decideField(governing, caller), info)(value);
    };
    // Shield keeps its state on the context it gets: it gets its own, so the request's context may be frozen.
    const ruleContext: RuleContext = { caller };
    return guard(guarded, parent, args, ruleContext, info);
  };
}

/** Masks of one field, compiled once per decision: decisions are few, and the same object for a whole caller class. */
function createMaskCache(
  setup: MaskSetup,
): (decision: Decision, info: GraphQLResolveInfo) => (value: unknown) => unknown {
  const compiled = new WeakMap<Decision, (value: unknown) => unknown>();
  return (decision, info) => {
    let mask = compiled.get(decision);
    if (mask === undefined) {
      mask = compileResolverMask(
        settleDecision(decision, info.returnType),
        info.returnType,
        setup,
        `${info.parentType.name}.${info.fieldName}`,
      );
      compiled.set(decision, mask);
    }
    return mask;
  };
}

/**
 * The field's rule objects joined by `and`, plus what only the field's type can tell: a decision that cannot be carried
 * out on the type (there is no mask for an object that must not be null) is a denial.
 */
function shieldRuleFor(coordinate: string, governing: readonly GovernedRule[], type: GraphQLOutputType): ShieldRule {
  const rules = governing.map((governed) => governed.rule);
  if (!isLeafType(getNamedType(type)) && isNonNullType(type)) {
    const canBeCarriedOut = (_parent: unknown, _args: unknown, context: RuleContext): true | GraphQLError => {
      const decision = settleDecision(decideField(governing, context.caller), type);
      return decision.effect === "deny" ? denialError(coordinate, decision) : true;
    };
    rules.push(rule(`${coordinate}: ${String(type)}`, { cache: "no_cache" })(canBeCarriedOut));
  }
  const [only] = rules;
  return only !== undefined && rules.length === 1 ? only : and(...rules);
}
