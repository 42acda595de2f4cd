/** Local names of the federation's directives that govern or derive, in a subgraph's SDL and in a supergraph. */
import type { DocumentNode } from "graphql";
import { linkedNames } from "#schema";

const directives = ["authenticated", "requiresScopes", "policy", "tag", "requires", "context", "fromContext"] as const;
export type FederationDirective = (typeof directives)[number];

/**
 * Local name (without `@`) → the directive it is. `@link` may have renamed it, a subgraph may not have imported it
 * (`@federation__policy`), and a supergraph links each directive's own specification. A document that links neither is read
 * as if it meant the federation's.
 */
export function federationNames(document: DocumentNode): ReadonlyMap<string, FederationDirective> {
  const names = new Map<string, FederationDirective>(
    linkedNames(document, { identity: "https://specs.apollo.dev/federation", versions: "v2(\\.\\d+)?", directives }),
  );
  const linksFederation = names.size > 0;
  for (const name of directives) {
    const identity = `https://specs.apollo.dev/${name}`;
    const own = linkedNames(document, { identity, versions: "v\\d+(\\.\\d+)?", directives: [name] });
    for (const [local, directive] of own) names.set(local, directive);
    if (!linksFederation && own.size === 0 && !names.has(name)) names.set(name, name);
  }
  return names;
}
