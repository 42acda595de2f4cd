/**
 * Measure against a planner fault: a fetch that takes arguments from a context stands beside the fetch that delivers the
 * context's value when another subgraph than that of the context brings the objects around it. It would be sent without
 * the arguments. Whatever holds such a fetch goes after what delivers the value; the schedule delays nothing but it.
 */
import { contextPlaces, delivers } from "./deliveries.ts";
import { fetchesOf, type PlanNode } from "./plan.ts";

/** The same plan; only what stands in parallel may come to stand in sequence. */
export function orderContexts(node: PlanNode): PlanNode {
  if (node.kind === "fetch") return node;
  const nodes = node.nodes.map(orderContexts);
  if (node.kind === "sequence") return { kind: "sequence", nodes };
  const later = nodes.filter((child) => {
    const places = new Set(fetchesOf(child).flatMap((fetch) => [...contextPlaces(fetch)]));
    return (
      places.size > 0 &&
      nodes.some((other) => other !== child && fetchesOf(other).some((fetch) => delivers(fetch, places)))
    );
  });
  const sooner = nodes.filter((child) => !later.includes(child));
  if (later.length === 0 || sooner.length === 0) return { kind: "parallel", nodes };
  return { kind: "sequence", nodes: [together(sooner), together(later)] };
}

function together(nodes: readonly PlanNode[]): PlanNode {
  const [only, ...others] = nodes;
  return only !== undefined && others.length === 0 ? only : { kind: "parallel", nodes };
}
