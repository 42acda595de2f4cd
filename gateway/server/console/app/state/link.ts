/** An operation in the address: after the `#`, so that it never reaches a server or its log. */

export interface SharedOperation {
  readonly query: string;
  /** JSON text as it stands in the editor; may be empty. */
  readonly variables: string;
}

/** `#query=…&variables=…` */
export function printLink(operation: SharedOperation): string {
  const parameters = new URLSearchParams({ query: operation.query });
  if (operation.variables.trim() !== "") parameters.set("variables", operation.variables);
  return `#${parameters}`;
}

/** The operation of an address, or undefined when it holds none. */
export function readLink(hash: string): SharedOperation | undefined {
  const parameters = new URLSearchParams(hash.replace(/^#/, ""));
  const query = parameters.get("query");
  return query === null ? undefined : { query, variables: parameters.get("variables") ?? "" };
}
