import { styleText } from "node:util";
import { readConfig } from "../config/read-config.ts";
import { readTrustedDocumentsOptions, type TrustedDocumentsOptions } from "../config/trusted-documents.ts";
import { countWorkers, type WorkerCount } from "../config/worker-count.ts";
import { collectGarbage } from "../heap.ts";
import { type RunningMesh, runMesh } from "../mesh/run-mesh.ts";
import { createLogger } from "../terminal/create-logger.ts";
import { printFindings } from "../terminal/print-findings.ts";
import { progressLine, summaryLine } from "../terminal/progress.ts";
import { runUntilStopped } from "../terminal/run-until-stopped.ts";
import { createTakeOver } from "./take-over-changes.ts";

export interface StartOptions extends TrustedDocumentsOptions {
  readonly config?: string;
  readonly port?: number;
  readonly host?: string;
  readonly workers?: WorkerCount;
}

/**
 * Runs the mesh until it is told to stop; documents are read again on SIGHUP, unless a terminal is there: then the signal
 * says that it was closed.
 */
export async function start(options: StartOptions): Promise<void> {
  await runUntilStopped(async (fail) => {
    const mesh = await startAndTell(options, fail);
    const takeOver = await createTakeOver(mesh);
    let running: Promise<void> = Promise.resolve();
    let isStopping = false;
    if (!process.stdin.isTTY) {
      process.on("SIGHUP", () => {
        if (!isStopping) running = takeOver();
      });
    }
    return async () => {
      isStopping = true;
      await running;
      await mesh.close();
    };
  });
}

/** Starts the mesh, says what is happening on the way, and at the end where it can be asked. */
export async function startAndTell(options: StartOptions, onFailed: (error: Error) => void): Promise<RunningMesh> {
  const begin = performance.now();
  const config = await readConfig(options.config);
  const { host = config.server.host, port = config.server.port, workers = config.server.workers } = options;
  console.log(`${styleText("bold", "datamesh")} ${config.name} (${config.file})\n`);

  const mesh = await runMesh({
    config: {
      ...config,
      server: { ...config.server, host, port, workers },
      gateway: { ...config.gateway, trustedDocuments: readTrustedDocumentsOptions(options, config) },
    },
    logger: createLogger(config.logLevel),
    onFindings: printFindings,
    onEvent: (event) => {
      const line = progressLine(event, 12);
      if (line !== undefined) console.log(line);
    },
    onFailed,
  });

  collectGarbage();
  const seconds = ((performance.now() - begin) / 1_000).toFixed(1);
  console.log(`\n  ${summaryLine(mesh.statuses())}; ready after ${seconds} s\n`);
  if (config.console.enabled) console.log(`  ➜  ${styleText("cyan", `${mesh.url}/`)}  query console`);
  console.log(`     ${mesh.url}/graphql  endpoint`);
  console.log(`     ${mesh.url}/health/ready  /metrics`);
  if (countWorkers(workers) > 1) console.log(`     answered by ${countWorkers(workers)} workers`);
  const [principal] = Object.keys(config.authentication.principals);
  if (config.authentication.development && principal !== undefined) {
    console.log(`     a token: npm run -s datamesh -- token --as ${principal}`);
  }
  console.log();
  return mesh;
}
