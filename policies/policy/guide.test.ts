import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { applyWaivers } from "./apply-waivers.ts";
import { readPolicies } from "./read-policies.ts";

const guide = readFileSync(new URL("../../docs/guides/policies.md", import.meta.url), "utf8");
const blocks = [
  ...guide.matchAll(/```yaml\n(apiVersion: datamesh\.io\/v1\nkind: (?:Policy|Waiver)\n[\s\S]*?)```/g),
].map(([, text = ""]) => text);

describe("the policies of the guide", () => {
  it.each(blocks)("can be read: %s", (text) => {
    expect(readPolicies(text, "guide.yaml").findings).toEqual([]);
  });

  it("fit together", () => {
    expect(blocks.length).toBeGreaterThan(3);
    const { policies, waivers } = readPolicies(blocks.join("---\n"), "guide.yaml");
    expect(waivers).toHaveLength(1);
    expect(applyWaivers(policies, waivers).findings).toEqual([]);
  });
});
