import { readConfig } from "../config/read-config.ts";
import { loadMesh } from "../mesh/load-mesh.ts";
import { requireProduct } from "../mesh/require-product.ts";
import { serveProduct } from "../mesh/serve-product.ts";
import { createLogger } from "../terminal/create-logger.ts";
import { printFindings } from "../terminal/print-findings.ts";
import { progressLine, summaryLine } from "../terminal/progress.ts";
import { runUntilStopped } from "../terminal/run-until-stopped.ts";

export interface ServeOptions {
  readonly config?: string;
  readonly port?: number;
  readonly host?: string;
}

const defaultPort = 4001;

/** Runs one product as a subgraph until it is told to stop. */
export async function serve(name: string, options: ServeOptions): Promise<void> {
  const config = await readConfig(options.config);
  const loaded = await loadMesh(config);
  const product = requireProduct(loaded, name, config);
  printFindings(loaded.findings.filter(({ place }) => place.file === product.manifest.file));

  const { host = "127.0.0.1", port = defaultPort } = options;
  const served = await serveProduct(product, loaded, config, {
    host,
    port,
    logger: createLogger(config.logLevel),
    onEvent: (event) => {
      const line = progressLine(event, name.length);
      if (line !== undefined) console.log(line);
    },
  });
  const status = served.status();
  console.log(`\n  ${status === undefined ? name : summaryLine([status])}\n`);
  console.log(`     ${served.url}/graphql  subgraph\n     ${served.url}/outputs  rows for products that read it\n`);
  await runUntilStopped(() => served.close());
}
