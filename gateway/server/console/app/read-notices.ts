/** What an answer says beside its data: what is going away, which products answered and how fresh they are, what failed. */
import type { Answer } from "./state/request.ts";

export interface DeprecationNotice {
  readonly coordinate: string | undefined;
  readonly reason: string | undefined;
  readonly replacement: string | undefined;
  readonly deprecatedSince: Date | undefined;
  readonly sunset: Date | undefined;
  readonly product: string | undefined;
  readonly owner: string | undefined;
  /** http(s) only. */
  readonly link: string | undefined;
}

export interface ProductNotice {
  readonly name: string;
  readonly version: string | undefined;
  /** How old its data are. */
  readonly ageSeconds: number | undefined;
  /** Whatever else it says, as text. */
  readonly further: readonly (readonly [string, string])[];
}

export interface ErrorNotice {
  readonly message: string;
  readonly code: string | undefined;
  /** `orders.edges[0].node` */
  readonly path: string | undefined;
  readonly product: string | undefined;
  readonly owner: string | undefined;
  /** `2:5`, in the query. */
  readonly at: string | undefined;
}

export interface Notices {
  readonly deprecations: readonly DeprecationNotice[];
  readonly products: readonly ProductNotice[];
  readonly errors: readonly ErrorNotice[];
}

/** Takes everything as optional: the answer may come from any server behind the address. */
export function readNotices(answer: Pick<Answer, "headers" | "json">): Notices {
  const body = record(answer.json);
  const extensions = record(body?.extensions);
  const named = list(extensions?.deprecations).flatMap(readDeprecation);
  return {
    deprecations: named.length > 0 ? named : readDeprecationHeaders(new Map(answer.headers)),
    products: readProducts(extensions?.products),
    errors: list(body?.errors).map(readError),
  };
}

function readDeprecation(value: unknown): DeprecationNotice[] {
  const use = record(value);
  if (use === undefined) return [];
  return [
    {
      coordinate: text(use.coordinate),
      reason: text(use.reason),
      replacement: text(use.replacement),
      deprecatedSince: date(use.deprecated),
      sunset: date(use.sunset),
      product: text(use.product),
      owner: text(use.owner),
      link: httpAddress(text(use.link)),
    },
  ];
}

/** RFC 9745 `Deprecation: @1735689600` and RFC 8594 `Sunset: <HTTP date>`, where the body names no coordinate. */
function readDeprecationHeaders(headers: ReadonlyMap<string, string>): DeprecationNotice[] {
  const seconds = /^@(\d{1,12})/.exec(headers.get("deprecation") ?? "")?.[1];
  const deprecatedSince = seconds === undefined ? undefined : new Date(Number(seconds) * 1000);
  const sunset = date(headers.get("sunset"));
  if (deprecatedSince === undefined && sunset === undefined) return [];
  const link = /<([^>]*)>\s*;[^,]*rel="?(?:deprecation|sunset)"?/.exec(headers.get("link") ?? "")?.[1];
  return [
    {
      coordinate: undefined,
      reason: undefined,
      replacement: undefined,
      deprecatedSince,
      sunset,
      product: undefined,
      owner: undefined,
      link: httpAddress(link),
    },
  ];
}

const ageKeys = ["ageSeconds", "age"];

function readProducts(value: unknown): ProductNotice[] {
  const products = record(value);
  if (products === undefined) return [];
  return Object.entries(products).flatMap(([name, facts]) => {
    const product = record(facts);
    if (product === undefined) return [];
    const age = ageKeys.map((key) => product[key]).find((found) => typeof found === "number");
    return [
      {
        name,
        version: text(product.version),
        ageSeconds: typeof age === "number" ? age : undefined,
        further: Object.entries(product)
          .filter(([key]) => key !== "version" && !ageKeys.includes(key))
          .map(([key, found]) => [key, typeof found === "string" ? found : JSON.stringify(found)] as const),
      },
    ];
  });
}

function readError(value: unknown): ErrorNotice {
  const error = record(value);
  const extensions = record(error?.extensions);
  const location = record(list(error?.locations)[0]);
  const path = list(error?.path);
  return {
    message: text(error?.message) ?? "an error without a message",
    code: text(extensions?.code),
    path: path.length === 0 ? undefined : printPath(path),
    product: text(extensions?.product) ?? text(extensions?.subgraph) ?? text(extensions?.serviceName),
    owner: text(extensions?.owner),
    at: location === undefined ? undefined : `${String(location.line)}:${String(location.column)}`,
  };
}

function printPath(path: readonly unknown[]): string {
  return path.reduce<string>(
    (printed, key) =>
      typeof key === "number" ? `${printed}[${key}]` : `${printed}${printed === "" ? "" : "."}${String(key)}`,
    "",
  );
}

function record(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>) // any object has string keys and values of unknown types
    : undefined;
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function date(value: unknown): Date | undefined {
  if (typeof value !== "string") return undefined;
  const read = new Date(value);
  return Number.isNaN(read.getTime()) ? undefined : read;
}

/** An address that may become a link: `javascript:` and the like may not. */
function httpAddress(address: string | undefined): string | undefined {
  return address !== undefined && /^https?:\/\//.test(address) && URL.canParse(address) ? address : undefined;
}
