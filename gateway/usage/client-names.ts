/** Who asks, as far as a client says so itself: for counting, never for deciding. */

/** Headers that name a client, in order of trust in their use. */
const clientNameHeaders = ["apollographql-client-name", "graphql-client-name"] as const;

const maxNameLength = 64;

export interface ClientNames {
  /** A name from a bounded set: the client's own, `other` once `maxClients` distinct ones were seen, `unknown` for none. */
  read(headers: ReadonlyMap<string, string>): string;
}

/** Names that were seen first keep their place: a client that invents names cannot push the others out. */
export function createClientNames(maxClients: number): ClientNames {
  const seen = new Set<string>();
  return {
    read(headers) {
      const name = nameIn(headers);
      if (name === undefined) return "unknown";
      if (seen.has(name)) return name;
      if (seen.size >= maxClients) return "other";
      seen.add(name);
      return name;
    },
  };
}

function nameIn(headers: ReadonlyMap<string, string>): string | undefined {
  for (const header of clientNameHeaders) {
    const name = headers.get(header)?.trim().slice(0, maxNameLength);
    if (name !== undefined && name !== "") return name;
  }
  return undefined;
}
