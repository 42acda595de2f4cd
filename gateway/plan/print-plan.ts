/** A plan as stable text for people and tests. */
import type { Fetch, Plan, PlanNode } from "./plan.ts";
import { printRequirements, printSelections } from "./print-selections.ts";

/** The same plan always prints the same; every line ends without spaces. */
export function printPlan(plan: Plan): string {
  const title = plan.name === undefined ? plan.operation : `${plan.operation} ${plan.name}`;
  return plan.root === undefined ? `${title}\n  nothing to fetch\n` : `${title}\n${printNode(plan.root, "  ")}`;
}

function printNode(node: PlanNode, indent: string): string {
  switch (node.kind) {
    case "fetch":
      return `${indent}${printFetch(node)}\n`;
    case "sequence":
    case "parallel":
      return `${indent}${node.kind}\n${node.nodes.map((child) => printNode(child, `${indent}  `)).join("")}`;
  }
}

/** `#3 reviews at users.@ {... on User{__typename id}} => {... on User{reviews{id}}}` */
export function printFetch(fetch: Fetch): string {
  const at = fetch.path.length === 0 ? "" : ` at ${fetch.path.join(".")}`;
  const requires = fetch.requires === undefined ? "" : `${printRequirements(fetch.requires)} => `;
  return `#${fetch.id} ${fetch.subgraph}${at} ${requires}${printSelections(fetch.selections)}`;
}
