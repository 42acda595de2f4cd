/** Configuration → manifests and policies, read and linked. Nothing runs yet. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { applyWaivers, type Policy, readPolicies, type Validator, validateManifest, type Waiver } from "#policies";
import { type DataProduct, type Finding, hasErrors, linkMesh, type MeshModel, readManifest } from "#schema";
import type { MeshConfig } from "../config/read-config.ts";
import { expand } from "./expand.ts";

export interface LoadedMesh {
  readonly mesh: MeshModel;
  readonly policies: readonly Policy[];
  /** What is demanded of products before they publish. */
  readonly validators: readonly Validator[];
  /** Of every document; errors of a manifest leave its product out, errors of a policy leave the policy out. */
  readonly findings: readonly Finding[];
  /** Products that are left out, by the name of the product or, where that could not be read, of its folder. */
  readonly broken: ReadonlyMap<string, readonly Finding[]>;
  /** A policy could not be read: whoever serves data must not go on, because something would be shown that it forbids. */
  readonly policiesAreComplete: boolean;
  /** Where policies and waivers were read from, or could not be. */
  readonly policyFiles: readonly string[];
  /** Folders and files whose change makes the mesh another one. */
  readonly folders: readonly string[];
}

/**
 * Reads everything that the configuration names. Never throws for a faulty document: the findings say what is wrong.
 *
 * @param before what runs now: a manifest that cannot be read any more counts as it was then, so that the products that
 * refer to it stay as they are; its product is among the broken ones all the same.
 */
export async function loadMesh(config: MeshConfig, before?: LoadedMesh): Promise<LoadedMesh> {
  const manifestFiles = await expand(config.products, config.folder);
  const localFile = (manifestFile: string): string => join(dirname(manifestFile), "policies.yaml");
  const localFiles = manifestFiles.map(localFile).filter((file) => existsSync(file));
  const globalFiles = (await expand(config.policies, config.folder)).filter((file) => !localFiles.includes(file));
  const findings: Finding[] = [];
  if (manifestFiles.length === 0) findings.push(noProducts(config));
  const broken = new Map<string, readonly Finding[]>();

  const products: DataProduct[] = [];
  for (const file of manifestFiles) {
    const { value, findings: found } = readManifest(await readFile(file, "utf8"), file);
    findings.push(...found);
    if (value !== undefined) products.push(value);
    else {
      const known = [...(before?.mesh.products.values() ?? [])].find(
        ({ manifest }) => manifest.file === file,
      )?.manifest;
      if (known !== undefined) products.push(known);
      broken.set(known?.metadata.name ?? basename(dirname(file)), errorsOf(found));
    }
  }

  const linked = linkMesh(products);
  findings.push(...linked.findings);
  for (const product of products) {
    const { name } = product.metadata;
    if (linked.mesh.products.has(name)) continue;
    broken.set(
      name,
      errorsOf(linked.findings).filter(({ place }) => place.file === product.file),
    );
  }

  const policies: Policy[] = [];
  const waivers: Waiver[] = [];
  const validators: Validator[] = [];
  let policiesAreComplete = true;
  const readFrom = async (file: string, product?: string): Promise<void> => {
    const read = readPolicies(await readFile(file, "utf8"), file, product);
    findings.push(...read.findings);
    if (hasErrors(read.findings)) policiesAreComplete = false;
    policies.push(...read.policies);
    waivers.push(...read.waivers);
    validators.push(...read.validators);
  };
  for (const file of globalFiles) await readFrom(file);
  const productByFile = new Map(products.map((product) => [product.file, product.metadata.name]));
  for (const file of manifestFiles) {
    // Where a manifest cannot be read, its product is called as its folder; a gateway may still serve it from elsewhere.
    const product = productByFile.get(file) ?? basename(dirname(file));
    if (localFiles.includes(localFile(file))) await readFrom(localFile(file), product);
  }
  const waived = applyWaivers(policies, waivers);
  findings.push(...waived.findings);
  if (hasErrors(waived.findings)) policiesAreComplete = false;
  // Of every product that can run: who blocks is asked again when the product publishes.
  for (const { manifest } of linked.mesh.products.values()) findings.push(...validateManifest(manifest, validators));

  return {
    mesh: linked.mesh,
    policies: waived.policies,
    validators,
    findings,
    broken,
    policiesAreComplete,
    policyFiles: [...globalFiles, ...localFiles],
    folders: [...new Set([...manifestFiles, ...globalFiles, ...localFiles].map((file) => dirname(file)))],
  };
}

function errorsOf(findings: readonly Finding[]): readonly Finding[] {
  return findings.filter(({ level }) => level === "error");
}

function noProducts(config: MeshConfig): Finding {
  return {
    level: "error",
    code: "no-products",
    message: `no file matches spec.products (${config.products.join(", ")}) in ${config.folder}: add a folder with a product.yaml, or correct the pattern`,
    place: { file: config.file },
    path: "spec.products",
  };
}
