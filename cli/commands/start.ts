import { styleText } from "node:util";
import { readConfig } from "../config/read-config.ts";
import { collectGarbage } from "../heap.ts";
import { type RunningMesh, runMesh } from "../mesh/run-mesh.ts";
import { createLogger } from "../terminal/create-logger.ts";
import { printFindings } from "../terminal/print-findings.ts";
import { progressLine, summaryLine } from "../terminal/progress.ts";
import { runUntilStopped } from "../terminal/run-until-stopped.ts";

export interface StartOptions {
  readonly config?: string;
  readonly port?: number;
  readonly host?: string;
}

/** Runs the mesh until it is told to stop. */
export async function start(options: StartOptions): Promise<void> {
  const mesh = await startAndTell(options);
  await runUntilStopped(() => mesh.close());
}

/** Starts the mesh, says what is happening on the way, and at the end where it can be asked. */
export async function startAndTell(options: StartOptions): Promise<RunningMesh> {
  const begin = performance.now();
  const config = await readConfig(options.config);
  const { host = config.server.host, port = config.server.port } = options;
  console.log(`${styleText("bold", "datamesh")} ${config.name} (${config.file})\n`);

  const mesh = await runMesh({
    config: { ...config, server: { ...config.server, host, port } },
    logger: createLogger(config.logLevel),
    onFindings: printFindings,
    onEvent: (event) => {
      const line = progressLine(event, 12);
      if (line !== undefined) console.log(line);
    },
  });

  collectGarbage();
  const seconds = ((performance.now() - begin) / 1_000).toFixed(1);
  console.log(`\n  ${summaryLine(mesh.statuses())}; ready after ${seconds} s\n`);
  if (config.console.enabled) console.log(`  ➜  ${styleText("cyan", `${mesh.url}/`)}  query console`);
  console.log(`     ${mesh.url}/graphql  endpoint`);
  console.log(`     ${mesh.url}/health/ready  /metrics`);
  const [principal] = Object.keys(config.authentication.principals);
  if (config.authentication.development && principal !== undefined) {
    console.log(`     a token: npm run -s datamesh -- token --as ${principal}`);
  }
  console.log();
  return mesh;
}
