import { parseResponse } from "./read-response.ts";
import type { SubgraphRequest, SubgraphResponse } from "./subgraph-client.ts";

/**
 * The same answer for another who asked the same: no object is in both. What came as bytes is parsed again, or is said to
 * be unchanged to who remembers just these bytes; what did not is copied.
 */
export function copyResponse(subgraph: string, request: SubgraphRequest, response: SubgraphResponse): SubgraphResponse {
  const { bytes } = response;
  if (bytes === undefined) return copyValue(response) as SubgraphResponse;
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { remembered } = request;
  if (remembered !== undefined && (remembered === bytes || buffer.equals(remembered))) {
    return { unchanged: true, ...headersOf(response) };
  }
  const parsed = { ...parseResponse(subgraph, buffer), ...headersOf(response) };
  return request.wantsBytes ? { ...parsed, bytes } : parsed;
}

function headersOf({ cacheControl, age }: SubgraphResponse): Pick<SubgraphResponse, "cacheControl" | "age"> {
  return cacheControl === undefined && age === undefined ? {} : { cacheControl, age };
}

/** Lists and plain objects are copied; anything else is a scalar's own object, which nobody changes. */
function copyValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copyValue);
  if (typeof value !== "object" || value === null) return value;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return value;
  const copy: Record<string, unknown> = {};
  for (const key of Object.keys(value)) {
    const copied = copyValue((value as Record<string, unknown>)[key]);
    // An assignment to this name would change what the copy inherits.
    if (key === "__proto__") {
      Object.defineProperty(copy, key, { value: copied, writable: true, enumerable: true, configurable: true });
    } else copy[key] = copied;
  }
  return copy;
}
