/**
 * Names of scopes: what changes together. An entry depends on every scope that it is in; an invalidation names scopes.
 *
 *   all           everything
 *   product       what a subgraph answered
 *   any           the same; every narrower invalidation of the subgraph means it as well
 *   changes       what a subgraph answered from more than one row: lists, relations, sums, fields made by code
 *   type          what holds objects of a type, from a subgraph
 *   entity        one entity, from a subgraph, by its key
 *   otherKey      entities of a type that are kept without the key by which a change names them
 *   tag           what a subgraph's schema tags so (`@cacheTag`)
 *
 * Names with values in them are for this process alone; `shared/` makes digests of them.
 */

export const all = "all";
export const product = (subgraph: string): string => `p:${subgraph}`;
export const any = (subgraph: string): string => `a:${subgraph}`;
export const changes = (subgraph: string): string => `c:${subgraph}`;
export const type = (subgraph: string, name: string): string => `t:${subgraph}\n${name}`;
export const otherKey = (subgraph: string, name: string, key: string): string => `x:${subgraph}\n${name} ${key}`;
export const entity = (subgraph: string, name: string, values: string): string => `e:${subgraph}\n${name} ${values}`;
export const tag = (subgraph: string, text: string): string => `g:${subgraph}\n${text}`;

/** Whether a name has values of the data in it. */
export function holdsValues(scope: string): boolean {
  return scope.startsWith("e:") || scope.startsWith("g:");
}
