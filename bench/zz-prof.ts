import { startSubgraphs, startContestant } from "./peers/running.ts";
import { createSupergraphs } from "./peers/supergraphs.ts";
import { contestants } from "./peers/contestants.ts";
import { workloads } from "./peers/workloads.ts";
import { createClient } from "./peers/client.ts";
import { askInTurn } from "./peers/load.ts";
const [name = "small", who = "datamesh", seconds = "6", ...opts] = process.argv.slice(2);
await using subgraphs = await startSubgraphs();
using supergraphs = createSupergraphs(subgraphs.origin);
const supergraph = supergraphs.write("supergraph", supergraphs.whole);
const w = (workloads as any)[name];
await subgraphs.letRowsChange(w.rowsChange);
for (const c of who.split(",")) {
  await using running = await startContestant((contestants as any)[c], supergraph, "none", opts);
  const client = createClient(running.url, 10);
  await askInTurn({ client, body: w.body, check: () => {}, seconds: 2, concurrency: 10 });
  for (let i = 0; i < 3; i++) {
    const before = running.usage();
    const load = await askInTurn({ client, body: w.body, check: () => {}, seconds: Number(seconds) / 3, concurrency: 10 });
    const after = running.usage();
    console.log(c, name, load.requests, "cpu µs/request", (((after as any).cpuMs - (before as any).cpuMs) * 1000 / load.requests).toFixed(1));
  }
  await client.close();
}
