/** What composition has to say, in the mesh's words: which products, which field, why, and what instead. */

/** Why the products do not make one graph. */
export interface CompositionError {
  /** Apollo's code, e.g. `INVALID_FIELD_SHARING`; `SDL_SYNTAX_ERROR` for text that is no SDL. */
  readonly code: string;
  /** The products (subgraphs) it is about, sorted; never empty unless the composer named none. */
  readonly products: readonly string[];
  /** Schema coordinate, where the composer names one: `Product.name`, `Query.orders(first:)`. */
  readonly coordinate: string | undefined;
  /** The composer's reason. */
  readonly reason: string;
  /** What to do instead, for the codes where that is known. */
  readonly advice: string | undefined;
  /** Places in the products' SDL (1-based), where the composer knows them. */
  readonly places: readonly { readonly product: string; readonly line: number; readonly column: number }[];
}

/** One paragraph: `INVALID_FIELD_SHARING Product.name (catalog, shop): …`. */
export function printCompositionError(error: CompositionError): string {
  const subject = [error.code, error.coordinate].filter((part) => part !== undefined).join(" ");
  const products = error.products.length === 0 ? "" : ` (${error.products.join(", ")})`;
  return `${subject}${products}: ${error.reason}${error.advice === undefined ? "" : `. ${error.advice}`}`;
}

/** Raised when there is no supergraph; `errors` has every reason, the message the first few. */
export class CompositionFailed extends Error {
  readonly errors: readonly CompositionError[];

  constructor(errors: readonly CompositionError[]) {
    const shown = errors.slice(0, 5).map((error) => `\n- ${printCompositionError(error)}`);
    const more = errors.length > shown.length ? `\n- and ${errors.length - shown.length} more` : "";
    super(`The products do not compose into one graph:${shown.join("")}${more}`);
    this.name = "CompositionFailed";
    this.errors = errors;
  }
}
