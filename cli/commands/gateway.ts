import { resolve } from "node:path";
import type { Deduplicate } from "#gateway";
import { readConfig } from "../config/read-config.ts";
import { readTrustedDocumentsOptions, type TrustedDocumentsOptions } from "../config/trusted-documents.ts";
import { countWorkers, type WorkerCount } from "../config/worker-count.ts";
import { runGateway } from "../mesh/run-gateway.ts";
import { createLogger } from "../terminal/create-logger.ts";
import { printFindings } from "../terminal/print-findings.ts";
import { runUntilStopped } from "../terminal/run-until-stopped.ts";
import { workingDirectory } from "../working-directory.ts";

export interface GatewayOptions extends TrustedDocumentsOptions {
  readonly supergraph: string;
  readonly config?: string;
  readonly port?: number;
  readonly host?: string;
  readonly workers?: WorkerCount;
  readonly deduplicate?: Deduplicate;
}

/** Runs the gateway alone over a supergraph file until it is told to stop; the file is read again on SIGHUP. */
export async function gateway(options: GatewayOptions): Promise<void> {
  const config = options.config === undefined ? undefined : await readConfig(options.config);
  const workers = countWorkers(options.workers ?? config?.server.workers ?? 1);
  const trustedDocuments = readTrustedDocumentsOptions(options, config);
  await runUntilStopped(async (fail) => {
    const running = await runGateway(resolve(workingDirectory(), options.supergraph), config, {
      host: options.host ?? config?.server.host ?? "127.0.0.1",
      port: options.port ?? config?.server.port ?? 4000,
      logger: createLogger(config?.logLevel ?? "info"),
      onFindings: printFindings,
      trustedDocuments,
      deduplicate: options.deduplicate ?? config?.gateway.deduplicate,
      workers,
      onFailed: fail,
    });
    console.log(`  ➜  ${running.url}/  query console\n     ${running.url}/graphql  endpoint\n`);
    if (workers > 1) console.log(`     answered by ${workers} workers\n`);
    if (config === undefined) console.log("     without --config nothing is authenticated, masked or cached\n");
    process.on("SIGHUP", () => void running.reload());
    return () => running.close();
  });
}
