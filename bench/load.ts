/** Asks one server the same thing from several connections for a bounded time and count. */
import { Pool } from "undici";

export interface LoadOptions {
  readonly url: string;
  readonly body: string;
  /** What every answer's data must be: a server that answers something else is not measured but fails the bench. */
  readonly expected: string;
  readonly concurrency: number;
  readonly seconds: number;
  readonly maxRequests: number;
}

export interface Load {
  readonly requests: number;
  readonly elapsedMs: number;
  /** Of every request, ascending. */
  readonly latenciesMs: readonly number[];
}

/** Rejects when an answer is not the expected one. */
export async function load(options: LoadOptions): Promise<Load> {
  const { url, body, expected, concurrency, maxRequests } = options;
  const pool = new Pool(url, { connections: concurrency, pipelining: 1 });
  const latenciesMs: number[] = [];
  let begun = 0;
  const expectedData = dataOf(expected);
  const start = performance.now();
  const end = start + options.seconds * 1_000;
  const ask = async (): Promise<void> => {
    while (begun < maxRequests && (begun < concurrency || performance.now() < end)) {
      begun++;
      const sent = performance.now();
      const answer = await post(pool, body);
      latenciesMs.push(performance.now() - sent);
      if (dataOf(answer) !== expectedData) throw new Error(`${url} answered something else: ${answer.slice(0, 300)}`);
    }
  };
  try {
    await Promise.all(Array.from({ length: concurrency }, ask));
    const elapsedMs = performance.now() - start;
    return { requests: latenciesMs.length, elapsedMs, latenciesMs: latenciesMs.sort((left, right) => left - right) };
  } finally {
    await pool.close();
  }
}

/** One answer, to compare the others with. Rejects unless it is a 200 with data and no errors. */
export async function askOnce(url: string, body: string): Promise<string> {
  const pool = new Pool(url);
  try {
    const answer = await post(pool, body);
    const { data, errors }: { data?: unknown; errors?: unknown } = JSON.parse(answer);
    if (data == null || errors !== undefined) throw new Error(`${url} answered with errors: ${answer.slice(0, 300)}`);
    return answer;
  } finally {
    await pool.close();
  }
}

/** The text before the extensions, which tell each time how old the data are. */
function dataOf(answer: string): string {
  const end = answer.lastIndexOf(',"extensions":');
  return end === -1 ? answer : answer.slice(0, end);
}

async function post(pool: Pool, body: string): Promise<string> {
  const { statusCode, body: answer } = await pool.request({
    method: "POST",
    path: "/graphql",
    headers: { "content-type": "application/json", accept: "application/graphql-response+json" },
    body,
  });
  const text = await answer.text();
  if (statusCode !== 200) throw new Error(`status ${statusCode}: ${text.slice(0, 300)}`);
  return text;
}

/** The value that `share` of the ascending values are not above. */
export function quantile(ascending: readonly number[], share: number): number {
  return ascending[Math.min(ascending.length - 1, Math.ceil(share * ascending.length) - 1)] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  return quantile(
    [...values].sort((left, right) => left - right),
    0.5,
  );
}
