/** What the console shows beside a type or field and introspection does not tell: the mesh's own directives. */

export interface SchemaFacts {
  readonly products: readonly ProductFacts[];
  /** By coordinate: `Order`, `Order.total`. */
  readonly coordinates: Readonly<Record<string, CoordinateFacts>>;
}

export interface ProductFacts {
  readonly name: string;
  readonly domain?: string;
  readonly version?: string;
  readonly owner?: string | undefined;
}

export interface CoordinateFacts {
  /** Names of the products that serve it. */
  readonly products?: readonly string[];
  /** Categories of personal data: `email`, `name`. */
  readonly personalData?: readonly string[];
  readonly classification?: string;
  /** Purposes for which it may be read. */
  readonly purposes?: readonly string[];
  /** The product version that brought it. */
  readonly since?: string;
  /** ISO date on which it stops to answer. */
  readonly sunset?: string;
  readonly replacedBy?: string;
}
