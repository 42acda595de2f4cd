import { commandError } from "../errors.ts";
import { readSamples } from "../metrics/read-samples.ts";

export interface PolicyShadowOptions {
  /** Of a running gateway. */
  readonly url: string;
  readonly json: boolean;
}

interface ShadowCount {
  readonly coordinate: string;
  readonly policy: string;
  readonly outcome: string;
  /** Fields of operations since the gateway started. */
  readonly count: number;
}

const metric = "mesh_policy_shadow_outcomes_total";
const changes = ["shown", "masked", "null", "denied"];

/** What enforcing the policies in shadow mode would have changed, by the traffic that a running gateway has had. */
export async function reportShadow({ url, json }: PolicyShadowOptions): Promise<void> {
  const counts = await readCounts(url);
  if (json) console.log(JSON.stringify(counts, undefined, 2));
  else for (const line of print(counts)) console.log(line);
}

async function readCounts(url: string): Promise<readonly ShadowCount[]> {
  let body: string;
  try {
    const response = await fetch(new URL("/metrics", url), { signal: AbortSignal.timeout(10_000) });
    if (!response.ok) throw new Error(`it answers with status ${response.status}`);
    body = await response.text();
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw commandError(
      "GATEWAY_UNREACHABLE",
      `the metrics of ${url} cannot be read: ${why}; name a running gateway with --url`,
      cause,
    );
  }
  return readShadowCounts(body);
}

/** From Prometheus' text format; sorted by coordinate and count. */
export function readShadowCounts(body: string): readonly ShadowCount[] {
  const counts = (readSamples(body).get(metric) ?? []).map(
    ({ labels: { coordinate = "", policy = "", outcome = "" }, value }): ShadowCount => ({
      coordinate,
      policy,
      outcome,
      count: value,
    }),
  );
  return counts.sort((left, right) =>
    left.coordinate === right.coordinate ? right.count - left.count : left.coordinate < right.coordinate ? -1 : 1,
  );
}

function print(counts: readonly ShadowCount[]): readonly string[] {
  if (counts.length === 0) return ["No operation has asked for a field that a policy in shadow mode selects."];
  const coordinates = [...new Set(counts.map(({ coordinate }) => coordinate))];
  return coordinates.flatMap((coordinate) => {
    const own = counts.filter((it) => it.coordinate === coordinate);
    const total = own.reduce((sum, { count }) => sum + count, 0);
    const changed = own.filter(({ outcome }) => changes.includes(outcome));
    const share = changed.reduce((sum, { count }) => sum + count, 0) / total;
    return [
      `${coordinate}: asked for ${total} times, would change ${Math.round(share * 100)} % of them`,
      ...changed.map(
        ({ policy, outcome, count }) => `  ${count} would be ${outcome}${policy === "any" ? "" : ` by ${policy}`}`,
      ),
    ];
  });
}
