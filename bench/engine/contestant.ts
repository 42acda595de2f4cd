/** One executor and one workload in a process of its own; runs what main.ts asks for. With an origin, over HTTP. */
import { RemoteGraphQLDataSource } from "@apollo/gateway";
import { parse } from "graphql";
import { anonymous } from "#policies";
import { createCompiledExecutor } from "../../gateway/execution/compiled/compiled-executor.ts";
import { planHere } from "../../gateway/plan/plan-here.ts";
import { createApolloExecutor } from "./apollo.ts";
import { createHttpClient, createStub, createStubClient, createStubDataSource, type StubSubgraph } from "./clients.ts";
import { compose } from "./compose-shop.ts";
import { type ContestantName, createWorkload, type Workload, type WorkloadName } from "./workloads.ts";

/** `check` answers once and counts requests; `round` measures. */
export type Command = "check" | "round";

export interface Answer {
  readonly text: string;
  readonly requests: number;
  readonly cpuMs: number;
}

type Run = () => Promise<Buffer>;

async function createRun(
  contestant: ContestantName,
  { query, variables, shop }: Workload,
  stubFor: (name: string) => StubSubgraph,
  origin: string | undefined,
): Promise<Run> {
  const supergraphSdl = compose(shop);
  if (contestant === "apollo") {
    const apollo = await createApolloExecutor(supergraphSdl, (name) =>
      origin === undefined
        ? createStubDataSource(stubFor(name))
        : new RemoteGraphQLDataSource({ url: `${origin}/${name}` }),
    );
    return async () => Buffer.from(JSON.stringify(await apollo.execute(query, { ...variables })));
  }
  const engine = createCompiledExecutor({
    planning: planHere(supergraphSdl),
    clients: new Map(
      shop.map(({ name }) => [
        name,
        origin === undefined ? createStubClient(name, stubFor(name)) : createHttpClient(name, origin),
      ]),
    ),
  });
  const request = {
    query,
    document: parse(query),
    operationName: undefined,
    variables,
    caller: anonymous,
    signal: new AbortController().signal,
    headers: new Map<string, string>(),
    decisions: undefined,
  };
  return async () => {
    const { text } = await engine.execute(request);
    return Buffer.from(`{"data":${text}}`);
  };
}

const [contestant, workloadName, origin] = process.argv.slice(2) as [ContestantName, WorkloadName, string | undefined];
const workload = createWorkload(workloadName);
const stubs = new Map(workload.shop.map((subgraph) => [subgraph.name, createStub(subgraph)]));
const run = await createRun(
  contestant,
  workload,
  (name) => {
    const stub = stubs.get(name);
    if (stub === undefined) throw new Error(`There is no subgraph ${name}.`);
    return stub;
  },
  origin,
);

async function answer(command: Command): Promise<Answer> {
  for (const stub of stubs.values()) stub.requests = 0;
  const concurrency = command === "round" && origin !== undefined ? 10 : 1;
  const times =
    command === "check" ? 1 : Math.ceil(workload.requestsPerRound[contestant] / (origin === undefined ? 1 : 2));
  const start = process.cpuUsage();
  let bytes: Buffer = Buffer.alloc(0);
  // Over HTTP several requests are in flight at a time, as they are in a server; alone, each would pay for waking up.
  for (let done = 0; done < times; done += concurrency) {
    const answers = await Promise.all(Array.from({ length: concurrency }, run));
    bytes = answers[0] ?? bytes;
  }
  const { user, system } = process.cpuUsage(start);
  const requests = [...stubs.values()].reduce((sum, stub) => sum + stub.requests, 0);
  return { text: command === "check" ? bytes.toString() : "", requests, cpuMs: (user + system) / 1000 / times };
}

process.on("disconnect", () => process.exit());
process.on("message", (command: Command) => {
  void answer(command).then((result) => process.send?.(result));
});
