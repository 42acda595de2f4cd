import { expect, it } from "vitest";
import { explainPlan } from "#gateway";
import { compose } from "../../bench/engine/compose-shop.ts";
import { createShop, deepQuery } from "../../bench/engine/shop.ts";

it("the plan in the documentation is drawn as plans are drawn now (`npx vitest -u` draws it again)", async () => {
  const { svg } = await explainPlan(compose(createShop()), deepQuery);
  await expect(svg).toMatchFileSnapshot("../../docs/pictures/plan.svg");
});
