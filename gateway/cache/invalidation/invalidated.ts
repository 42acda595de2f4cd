/** What is no longer true, as whoever knows it says so. */
export type Invalidated =
  | { readonly kind: "all" }
  /** Everything that a subgraph answered. */
  | { readonly kind: "product"; readonly product: string }
  /** Likewise, unless the graph has the product in this version; graphs that do not name its version know nothing of it. */
  | { readonly kind: "otherVersions"; readonly product: string; readonly productVersion: string }
  /** Everything that holds objects of a type; from all subgraphs that know it, or from one. */
  | { readonly kind: "type"; readonly type: string; readonly product?: string | undefined }
  /** One entity, and whatever is made from several rows; likewise. Fields of the key that are not known may be missing. */
  | {
      readonly kind: "entity";
      readonly type: string;
      readonly key: Readonly<Record<string, unknown>>;
      readonly product?: string | undefined;
    }
  /** What a subgraph answered from more than one row, and what holds objects of the type. */
  | { readonly kind: "rows"; readonly type: string; readonly product: string }
  /** What a subgraph's schema tags so (`@cacheTag`); of one subgraph or of all. */
  | { readonly kind: "tag"; readonly tag: string; readonly product?: string | undefined };

/** Why. */
export type InvalidationCause = "event" | "mutation" | "operator" | "erasure";
