/** What masks, seals and erasures of this process need beside the documents: keys, the vault, the mesh's own masks. */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Logger } from "pino";
import {
  type CustomMask,
  createMaskSetup,
  type KeyRing,
  type MaskSetup,
  openFileVault,
  openKeyRing,
  readCustomMasks,
} from "#policies";
import type { MeshConfig } from "../config/read-config.ts";
import { commandError } from "../errors.ts";

export interface OpenMasks {
  readonly setup: MaskSetup;
  readonly keys: KeyRing;
  /** Writes tokens that wait and no longer looks at the ring. */
  close(): Promise<void>;
}

/** The vault of a mesh's tokens. */
export function vaultFile({ stateFolder }: Pick<MeshConfig, "stateFolder">): string {
  return join(stateFolder, "vault.ndjson");
}

/** Throws CUSTOM_MASKS_INVALID; a key ring that cannot be used is told, and masks that need it redact. */
export async function openMasks(config: MeshConfig, logger: Logger): Promise<OpenMasks> {
  const custom = await loadCustomMasks(config.governance.masks);
  const keys = openKeys(config, (problem) => logger.error({}, problem));
  const vault = openFileVault({ file: vaultFile(config), keys, onProblem: (problem) => logger.error({}, problem) });
  return {
    setup: createMaskSetup({ keys, vault, custom, report: (problem) => logger.warn({}, problem) }),
    keys,
    async close() {
      keys.close();
      await vault.close();
    },
  };
}

export function openKeys(
  { governance }: Pick<MeshConfig, "governance">,
  onProblem: (problem: string) => void,
): ReturnType<typeof openKeyRing> {
  const { file, environment } = governance.keys;
  return openKeyRing({ file, text: environment === undefined ? undefined : process.env[environment], onProblem });
}

async function loadCustomMasks(file: string | undefined): Promise<ReadonlyMap<string, CustomMask>> {
  if (file === undefined) return new Map();
  try {
    return readCustomMasks((await import(pathToFileURL(file).href)) as Record<string, unknown>);
  } catch (cause) {
    throw commandError("CUSTOM_MASKS_INVALID", `${file} cannot be loaded as a module (spec.governance.masks)`, cause);
  }
}
