/** Decisions about the coordinates of an operation → what is recorded of them. */
import type { DocumentNode } from "graphql";
import { readMeshDirectives } from "#schema";
import type { HeldObligation } from "../decide.ts";
import { allowed, type Decision, type GovernedCoordinate } from "../decision.ts";
import type { Policy } from "../policy/model.ts";
import { type AuditedAccess, auditedCoordinate } from "./event.ts";
import { policySetVersion } from "./policy-set.ts";

/** A field that an operation can get; its own coordinate first, then those of the interfaces that govern it too. */
export type ReachedField = readonly [coordinate: string, ...ofInterfaces: string[]];

/**
 * Undefined when none of the fields holds personal data. `decisions` has those that are not allowed, by the first
 * coordinate of a field.
 */
export type DescribeAccess = (
  fields: readonly ReachedField[],
  decisions: ReadonlyMap<string, Decision>,
  obligations?: readonly HeldObligation[],
) => AuditedAccess | undefined;

/** For one graph under one set of policies. */
export function createDescribeAccess(
  document: DocumentNode,
  coordinates: readonly GovernedCoordinate[],
  policies: readonly Policy[],
): DescribeAccess {
  const policySet = policySetVersion(policies);
  const versions = new Map<string, string>();
  for (const { products } of readMeshDirectives(document).values()) {
    for (const { name, version } of products) versions.set(name, version);
  }
  const personal = new Set<string>();
  const productOf = new Map<string, string>();
  for (const { coordinate, product, pii } of coordinates) {
    productOf.set(coordinate, productOf.get(coordinate) ?? product);
    if (pii.length > 0) personal.add(coordinate);
  }
  return (fields, decisions, obligations = []) => {
    const reached = fields.filter((names) => names.some((name) => personal.has(name)));
    if (reached.length === 0) return undefined;
    const audited = reached.map(([name]) =>
      auditedCoordinate(name, productOf.get(name) ?? "", decisions.get(name) ?? allowed),
    );
    const products = [...new Set(audited.map(({ product }) => product))].sort();
    return {
      coordinates: audited,
      products: products.map((name) => ({ name, version: versions.get(name) ?? "" })),
      obligations: obligations.map(({ obligation, policy }) => ({ obligation, policy })),
      policySet,
    };
  };
}
