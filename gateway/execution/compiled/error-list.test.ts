import { expect, test } from "vitest";
import { ErrorList, type Path } from "./error-list.ts";
import type { Cause } from "./failure.ts";

const cause = (serviceName: string): Cause => ({ message: "it failed", extensions: { code: "X", serviceName } });
const at = (...segments: (string | number)[]): Path | undefined =>
  segments.reduce<Path | undefined>((above, segment) => ({ segment, above }), undefined);

test("errors stand in the order in which they were added, with their paths", () => {
  const errors = new ErrorList(10);
  const [a, b] = [cause("a"), cause("b")];
  errors.add(a, at("x", 0, "y"));
  errors.add(b, undefined);
  errors.add(a, at("z"));
  expect(errors.read().map((error) => error.toJSON())).toEqual([
    { message: "it failed", path: ["x", 0, "y"], extensions: { code: "X", serviceName: "a" } },
    { message: "it failed", extensions: { code: "X", serviceName: "b" } },
    { message: "it failed", path: ["z"], extensions: { code: "X", serviceName: "a" } },
  ]);
});

test("each cause has a limited number of errors, and its last one says how many are left out", () => {
  const errors = new ErrorList(2);
  const [a, b] = [cause("a"), cause("b")];
  for (let index = 0; index < 5; index++) errors.add(a, at("a", index));
  for (let index = 0; index < 2; index++) errors.add(b, at("b", index));
  expect(errors.read().map(({ path, extensions }) => [path, extensions.furtherPaths])).toEqual([
    [["a", 0], undefined],
    [["a", 1], 3],
    [["b", 0], undefined],
    [["b", 1], undefined],
  ]);
});

test("the same said twice of one path is one error, whoever says it", () => {
  const errors = new ErrorList(1);
  errors.add(cause("a"), at("x"));
  errors.add(cause("a"), at("x"));
  errors.add(cause("b"), at("x"));
  expect(errors.read().map(({ extensions }) => extensions)).toEqual([
    { code: "X", serviceName: "a" },
    { code: "X", serviceName: "b" },
  ]);
});
