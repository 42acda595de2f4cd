/** Rows that go as they are to products elsewhere: who read which personal columns of them, on the record. */
import { createHash } from "node:crypto";
import type { RecordOutputRead } from "#platform";
import { type AuditedAccess, type AuditLog, type Policy, policySetVersion } from "#policies";
import type { LinkedProduct } from "#schema";

/** Columns without personal data are not recorded; every read of the others is, under the fields that the graph has for them. */
export function recordOutputReads(
  audit: AuditLog,
  { manifest, tables }: LinkedProduct,
  policies: readonly Policy[],
): RecordOutputRead {
  const { name: product, version } = manifest.metadata;
  const policySet = policySetVersion(policies);
  return async ({ caller, output, columns, signal }) => {
    const table = tables.find((each) => each.output.name === output);
    const read = new Set(columns);
    const coordinates = (table?.fields ?? [])
      .filter(({ field }) => field.pii !== undefined && read.has(field.name))
      .map(({ name }) => `${table?.typeName}.${name}`);
    if (coordinates.length === 0) return undefined;
    const access: AuditedAccess = {
      coordinates: coordinates.map((coordinate) => ({ coordinate, product, decision: "allow" })),
      products: [{ name: product, version }],
      obligations: [],
      policySet,
    };
    const hash = createHash("sha256")
      .update(`${output} ${columns.join(",")}`)
      .digest("hex");
    const place = await audit.reserve(signal);
    return {
      end(rows, outcome) {
        place.record({
          time: Date.now(),
          place: "subgraph",
          caller,
          operation: { name: `outputs/${output}`, hash },
          access,
          outcome,
          rows: new Map(coordinates.map((coordinate) => [coordinate, rows])),
          traceId: undefined,
          generation: undefined,
        });
      },
    };
  };
}
