import { resolve } from "node:path";
import { commandError } from "../errors.ts";
import { workingDirectory } from "../working-directory.ts";
import type { MeshConfig, TrustedDocumentsSetup } from "./read-config.ts";

export interface TrustedDocumentsOptions {
  readonly trustedDocuments?: string;
  readonly trustedOnly?: boolean;
}

/**
 * What the command line says of trusted documents, before the configuration.
 *
 * @throws ClientError TRUSTED_DOCUMENTS_MISSING when only they are to run and nobody names them
 */
export function readTrustedDocumentsOptions(
  { trustedDocuments, trustedOnly = false }: TrustedDocumentsOptions,
  config: MeshConfig | undefined,
): TrustedDocumentsSetup | undefined {
  const configured = config?.gateway.trustedDocuments;
  const file = trustedDocuments === undefined ? configured?.file : resolve(workingDirectory(), trustedDocuments);
  if (file !== undefined) return { file, only: trustedOnly || configured?.only === true };
  if (!trustedOnly) return undefined;
  throw commandError(
    "TRUSTED_DOCUMENTS_MISSING",
    "--trusted-only needs the documents that are trusted: name their manifest with --trusted-documents",
  );
}
