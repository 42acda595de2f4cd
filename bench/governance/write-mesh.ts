/** Configurations of a gateway over the shop, with policies and without. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";

/** Of those that the deep query asks for; the first two and the body are in its answer many times over. */
export const maskedCoordinates: readonly string[] = [
  "User.name",
  "User.username",
  "Review.body",
  "Product.name",
  "Product.weight",
];

/** The text of a `datamesh.yaml`; writes the policies beside it. */
export function writeMesh(
  folder: string,
  { replayMemory, isGoverned }: { readonly replayMemory: string; readonly isGoverned: boolean },
): string {
  maskedCoordinates.forEach((coordinate, index) => {
    const technique = coordinate.endsWith(".weight") || coordinate.endsWith(".body") ? "redact" : "partial";
    writeFileSync(
      join(folder, `policy-${index}.yaml`),
      `apiVersion: datamesh.io/v1
kind: Policy
metadata: { name: mask-${index}, owner: bench }
spec:
  selector: { coordinate: ${coordinate} }
  unless: { roles: auditor }
  effect: { type: mask, technique: ${technique} }
`,
    );
  });
  return `apiVersion: datamesh.io/v1
kind: Mesh
metadata: { name: bench }
spec:
  products: [none/*.yaml]
  policies: ${isGoverned ? "[policy-*.yaml]" : "[]"}
  gateway: { replayMemory: ${replayMemory} }
`;
}
