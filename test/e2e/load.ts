/** Requests without a pause, over connections of their own and over kept ones, and what became of each. */
import { Agent, request } from "node:http";

export interface Answered {
  /** When it was sent, by `performance.now()`. */
  readonly at: number;
  readonly status: number;
  readonly body: string;
}

export interface Load {
  /** So far. One that was lost has status 0 and why. */
  readonly answers: readonly Answered[];
  /** Resolves when so many more have been answered. */
  more(count: number): Promise<void>;
  /** Resolves when the last one is answered. */
  stop(): Promise<readonly Answered[]>;
}

export interface Asking {
  readonly query: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One POST to `/graphql`; never rejects. */
export function post(url: string, { query, headers }: Asking, agent: Agent | false = false): Promise<Answered> {
  const at = performance.now();
  return new Promise((resolve) => {
    const lost = (error: Error): void => resolve({ at, status: 0, body: error.message });
    const asking = request(
      `${url}/graphql`,
      { method: "POST", agent, headers: { "content-type": "application/json", ...headers } },
      (response) => {
        let body = "";
        response.setEncoding("utf8").on("data", (text: string) => {
          body += text;
        });
        response.on("error", lost);
        response.on("end", () => resolve({ at, status: response.statusCode ?? 0, body }));
      },
    );
    asking.on("error", lost);
    asking.end(JSON.stringify({ query }));
  });
}

/** `clients` ask at a time, half of them over a connection that they keep. */
export function startLoad(url: string, asking: Asking, clients = 6): Load {
  const answers: Answered[] = [];
  const waiting = new Set<{ readonly from: number; resolve(): void }>();
  const kept = new Agent({ keepAlive: true });
  let stopped = false;
  const client = async (agent: Agent | false): Promise<void> => {
    while (!stopped) {
      answers.push(await post(url, asking, agent));
      for (const one of waiting) {
        if (answers.length < one.from) continue;
        waiting.delete(one);
        one.resolve();
      }
    }
  };
  const running = Array.from({ length: clients }, (_, at) => client(at % 2 === 0 ? kept : false));
  return {
    answers,
    more: (count) => new Promise((resolve) => void waiting.add({ from: answers.length + count, resolve })),
    async stop() {
      stopped = true;
      await Promise.all(running);
      kept.destroy();
      return answers;
    },
  };
}
