import type { ReadAuditRecord } from "#policies";

/** One line: when, who, why, what, under which decisions. What the record does not say as expected is left out. */
export function printAuditRecord({ type, sequence, chain, content }: ReadAuditRecord): string {
  const head = `${String(content.time)}  ${chain.slice(0, 8)}#${sequence}`;
  if (type === "checkpoint") return `${head}  signed`;
  if (type !== "access") return `${head}  ${String(content.reason ?? type)}`;
  const { principal, operation, coordinates, rows, products, outcome, purpose, place, obligations } =
    content as unknown as Access;
  const who = `${principal.id} (${principal.kind})`;
  const why = purpose === null ? "no purpose" : `for ${purpose}`;
  const what = `${operation.name ?? "unnamed"} ${operation.hash.slice(0, 8)}`;
  const where = products.map(({ name, version }) => `${name}@${version}`).join(" ");
  const obliged =
    obligations.length === 0
      ? ""
      : `  obliged: ${obligations.map(({ obligation, policy }) => `${obligation} by ${policy}`).join(", ")}`;
  return `${head}  ${who}  ${why}  ${what}  ${outcome} by the ${place}  ${where}  ${coordinates.map((it) => printCoordinate(it, rows?.[it.coordinate])).join(", ")}${obliged}`;
}

/** What `accessEntry` writes; verifying is what proves it. */
interface Access {
  readonly principal: { readonly id: string; readonly kind: string };
  readonly purpose: string | null;
  readonly operation: { readonly name: string | null; readonly hash: string };
  readonly outcome: string;
  readonly place: string;
  readonly products: readonly { readonly name: string; readonly version: string }[];
  readonly coordinates: readonly Coordinate[];
  readonly rows: Readonly<Record<string, number>> | null;
  readonly obligations: readonly { readonly obligation: string; readonly policy: string }[];
}

interface Coordinate {
  readonly coordinate: string;
  readonly decision: string;
  readonly technique?: string;
  readonly policy?: string;
}

function printCoordinate({ coordinate, decision, technique, policy }: Coordinate, count: number | undefined): string {
  const how = technique === undefined ? decision : `${decision} ${technique}`;
  const why = policy === undefined ? "" : ` by ${policy}`;
  return `${coordinate} ${how}${why}${count === undefined ? "" : ` ×${count}`}`;
}
