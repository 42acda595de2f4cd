/** Data care for a command: by the process that runs the mesh, else by products that are started for it alone. */
import { join } from "node:path";
import { openTombstones } from "#platform";
import { forgetTokens, type KeyRing } from "#policies";
import type { MeshConfig } from "../../config/read-config.ts";
import { createLogger } from "../../terminal/create-logger.ts";
import { FindingsError } from "../../terminal/print-failure.ts";
import { forgetKeptOf } from "../cache/caches-in-reach.ts";
import { loadMesh } from "../load-mesh.ts";
import { openKeys, vaultFile } from "../open-masks.ts";
import { openServicesOfServed } from "../product-services.ts";
import { runProducts } from "../run-products.ts";
import { createDataCare, type DataCare } from "./data-care.ts";

/** The file of a mesh's tombstones. */
export function tombstonesFile({ stateFolder }: Pick<MeshConfig, "stateFolder">): string {
  return join(stateFolder, "erasures.ndjson");
}

/** The vault of tokens is what keeps values of persons beside the products. */
export function forgetValuesOf(config: MeshConfig, keys: KeyRing): (values: ReadonlySet<string>) => Promise<void> {
  return async (values) => void (await forgetTokens(vaultFile(config), values, keys));
}

/** Starts the products, lets `use` care for them and closes them. Products that run elsewhere are not reached. */
export async function withDataCare<T>(config: MeshConfig, use: (care: DataCare) => Promise<T>): Promise<T> {
  const loaded = await loadMesh(config);
  if (loaded.mesh.products.size === 0)
    throw new FindingsError("there is no product that could be opened", loaded.findings);
  const logger = createLogger(config.logLevel);
  const keys = openKeys(config, (problem) => logger.error({}, problem));
  const tombstones = openTombstones(tombstonesFile(config), keys);
  const services = await openServicesOfServed(config, logger);
  const products = await runProducts(loaded, {
    config,
    keys,
    tombstones,
    ...services.options,
    runsHere: (name) => !Object.hasOwn(config.gateway.remote, name),
    onEvent: () => undefined,
    onError: () => undefined,
    onFault: (product, error) => logger.error({ product, err: error }, "a product failed unexpectedly"),
    onOffered: () => undefined,
  });
  try {
    return await use(
      createDataCare({
        stateFolder: config.stateFolder,
        loaded: () => loaded,
        products,
        tombstones,
        reach: {
          forgetValues: forgetValuesOf(config, keys),
          forgetKept: forgetKeptOf(config, () => loaded, undefined, logger),
        },
      }),
    );
  } finally {
    await products.close();
    await services.close();
    keys.close();
  }
}
